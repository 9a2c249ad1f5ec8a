// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

/** What is written down reads back as the same value, and writing that gives the same text. */
class CodecPropertiesTest {
  private interface Parser<T> {
    T parse(String text) throws MalformedFieldException;
  }

  private static <T> void assertRoundTrip(T value, String text, Parser<T> parser, Text<T> writer)
      throws MalformedFieldException {
    T read = parser.parse(text);
    assertEquals(value, read);
    assertEquals(text, writer.of(read));
  }

  private interface Text<T> {
    String of(T value);
  }

  @Property
  void bytes(@ForAll byte[] octets) throws MalformedFieldException {
    Bytes bytes = Bytes.of(octets);
    assertRoundTrip(bytes, bytes.toBase64(), Bytes::parseBase64, Bytes::toBase64);
  }

  @Property
  void characterStrings(@ForAll @CharRange(to = '\u007f') @StringLength(max = 1200) String value)
      throws MalformedFieldException {
    List<Bytes> strings = CharacterStrings.split(value);
    assertEquals(value, CharacterStrings.join(strings));
    assertEquals(Math.max(1, (value.length() + 254) / 255), strings.size());
  }

  @Property
  void fqdn(@ForAll("fqdns") Fqdn fqdn) throws MalformedFieldException {
    assertRoundTrip(fqdn, fqdn.name(), Fqdn::parse, Fqdn::name);
    for (Fqdn parent : fqdn.selfAndParents()) {
      assertEquals(true, parent.isSameOrParentOf(fqdn));
    }
  }

  @Property
  void keyReference(@ForAll("keyReferences") KeyReference key) throws MalformedFieldException {
    assertRoundTrip(key, key.serialize(), KeyReference::parse, KeyReference::serialize);
  }

  @Property
  void diveSig(@ForAll("diveSigs") DiveSig field) throws MalformedFieldException {
    assertRoundTrip(field, field.serialize(), DiveSig::parse, DiveSig::serialize);
  }

  @Property
  void contentDigest(@ForAll("contentDigests") ContentDigest field) throws MalformedFieldException {
    assertRoundTrip(field, field.serialize(), ContentDigest::parse, ContentDigest::serialize);
  }

  @Property
  void messageSignatures(@ForAll("signatureLists") List<MessageSignature> signatures)
      throws MalformedFieldException {
    String inputs = MessageSignature.serializeInputs(signatures);
    String values = MessageSignature.serializeSignatures(signatures);
    List<MessageSignature> read = MessageSignature.parse(inputs, values);
    assertEquals(signatures, read);
    assertEquals(inputs, MessageSignature.serializeInputs(read));
    assertEquals(values, MessageSignature.serializeSignatures(read));
  }

  @Property
  void policyRecord(@ForAll("policyRecords") PolicyRecord record) throws MalformedFieldException {
    assertRoundTrip(record, record.serialize(), PolicyRecord::parse, PolicyRecord::serialize);
  }

  @Property
  void keyRecord(@ForAll("keyRecords") KeyRecord record) throws MalformedFieldException {
    assertRoundTrip(record, record.serialize(), KeyRecord::parse, KeyRecord::serialize);
  }

  @Property
  void failureReport(@ForAll("failureReports") FailureReport report)
      throws MalformedFieldException {
    assertRoundTrip(report, report.toJson(), FailureReport::parse, FailureReport::toJson);
  }

  private static Arbitrary<Bytes> bytesOf(int min, int max) {
    return Arbitraries.bytes().array(byte[].class).ofMinSize(min).ofMaxSize(max).map(Bytes::of);
  }

  private static Arbitrary<String> printable() {
    return Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(40);
  }

  private static Arbitrary<Long> sfInteger(long min) {
    return Arbitraries.longs().between(min, 999_999_999_999_999L);
  }

  @Provide
  Arbitrary<Fqdn> fqdns() {
    Arbitrary<String> inner =
        Arbitraries.strings().withChars("abcz019_-").ofMinLength(0).ofMaxLength(20);
    Arbitrary<String> label = inner.map(text -> "a" + text + "9");
    return label.list().ofMinSize(1).ofMaxSize(6).map(labels -> new Fqdn(String.join(".", labels)));
  }

  @Provide
  Arbitrary<KeyReference> keyReferences() {
    Arbitrary<KeyId> keyId =
        Arbitraries.strings()
            .withCharRange('a', 'z')
            .withCharRange('A', 'Z')
            .withCharRange('0', '9')
            .withChars('_')
            .ofMinLength(1)
            .ofMaxLength(63)
            .map(KeyId::new);
    return Combinators.combine(keyId, fqdns().optional()).as(KeyReference::new);
  }

  @Provide
  Arbitrary<DiveSig> diveSigs() {
    return Combinators.combine(
            keyReferences(), Arbitraries.of(HashAlgorithm.class), bytesOf(1, 120))
        .as(DiveSig.Entry::new)
        .list()
        .uniqueElements(entry -> entry.key().keyId())
        .ofMinSize(1)
        .ofMaxSize(4)
        .map(DiveSig::new);
  }

  @Provide
  Arbitrary<ContentDigest> contentDigests() {
    Arbitrary<Map.Entry<String, Bytes>> permitted =
        Arbitraries.of(HashAlgorithm.class)
            .flatMap(
                hash ->
                    bytesOf(hash.digestLength(), hash.digestLength())
                        .map(digest -> Map.entry(hash.digestKey(), digest)));
    Arbitrary<Map.Entry<String, Bytes>> other =
        Combinators.combine(
                Arbitraries.strings().withChars("abz019_.*-").ofMaxLength(10).map(s -> "*" + s),
                bytesOf(0, 70))
            .as(Map::entry);
    return Arbitraries.oneOf(List.of(permitted, other))
        .list()
        .ofMinSize(1)
        .ofMaxSize(5)
        .map(
            entries -> {
              Map<String, Bytes> members = new LinkedHashMap<>();
              entries.forEach(entry -> members.put(entry.getKey(), entry.getValue()));
              return new ContentDigest(members);
            });
  }

  @Provide
  Arbitrary<List<MessageSignature>> signatureLists() {
    return Combinators.combine(
            keyReferences(), Arbitraries.of(SignatureAlgorithm.class), bytesOf(0, 120))
        .as((key, algorithm, signature) -> MessageSignature.of(0, key, algorithm, signature))
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .map(
            signatures ->
                IntStream.range(0, signatures.size())
                    .mapToObj(i -> relabelled(signatures.get(i), MessageSignature.labelAt(i)))
                    .toList());
  }

  private static MessageSignature relabelled(MessageSignature signature, String label) {
    return new MessageSignature(
        label,
        signature.coveredComponents(),
        signature.keyid(),
        signature.alg(),
        signature.expires(),
        signature.signatureParams(),
        signature.signature());
  }

  @Provide
  Arbitrary<PolicyRecord> policyRecords() {
    return Combinators.combine(
            Arbitraries.of(ProtocolVersion.class),
            printable().list().ofMaxSize(4),
            printable().list().ofMaxSize(4),
            sfInteger(0),
            sfInteger(-999_999_999_999_999L).map(Instant::ofEpochSecond).optional(),
            printable().optional())
        .as(PolicyRecord::new);
  }

  @Provide
  Arbitrary<KeyRecord> keyRecords() {
    Arbitrary<RawPublicKey> key =
        Arbitraries.of(SignatureAlgorithm.class)
            .flatMap(
                algorithm ->
                    bytesOf(algorithm.keyLength(), algorithm.keyLength())
                        .map(bytes -> new RawPublicKey(algorithm, bytes)));
    Arbitrary<Optional<List<HashAlgorithm>>> allowedHash =
        Arbitraries.of(HashAlgorithm.class).list().ofMaxSize(7).optional();
    return Combinators.combine(key, allowedHash, sfInteger(0)).as(KeyRecord::new);
  }

  @Provide
  Arbitrary<FailureReport> failureReports() {
    Arbitrary<Optional<String>> text = Arbitraries.strings().all().ofMaxLength(20).optional();
    Arbitrary<Optional<Boolean>> flag = Arbitraries.of(true, false).optional();
    Arbitrary<FailureReport.KeyResolution> resolution =
        Combinators.combine(Arbitraries.strings().ofMaxLength(10), text, flag, flag, text)
            .as(FailureReport.KeyResolution::new);
    return Combinators.combine(
            Arbitraries.longs(),
            text,
            Combinators.combine(text, text, flag).as(FailureReport.Policy::new),
            Combinators.combine(text, text, Arbitraries.longs().optional(), text)
                .as(FailureReport.Resource::new),
            Arbitraries.maps(Arbitraries.strings().ofMaxLength(10), text).ofMaxSize(4),
            resolution.list().ofMaxSize(4),
            Combinators.combine(text, text, flag, text, text).as(FailureReport.Validation::new))
        .as(FailureReport::new);
  }

  @Property
  void anyContentDigestOfABody_readsBackAsThatDigest(
      @ForAll HashAlgorithm hash, @ForAll @Size(64) byte[] octets) throws MalformedFieldException {
    BodyDigest digest = new BodyDigest(hash, Bytes.of(Arrays.copyOf(octets, hash.digestLength())));
    assertEquals(List.of(digest), ContentDigest.parse(digest.contentDigest()).permitted());
    assertEquals(
        hash.draftName().length() + 1 + hash.digestLength(), digest.draft00SignedBytes().length);
  }
}
