// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static io.dive.sidecar.SampleKeys.BOTH;
import static io.dive.sidecar.SampleKeys.ED25519;
import static io.dive.sidecar.SampleKeys.ED25519_OTHER;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonWriter;
import io.dive.key.Signer;
import io.dive.protocol.FieldNames;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.sidecar.SidecarStore.Absent;
import io.dive.sidecar.SidecarStore.Found;
import io.dive.sidecar.SidecarStore.Outcome;
import io.dive.sign.SignedBody;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignaturesJsonTest {
  private static final byte[] CONTENT = "hello\n".getBytes(UTF_8);
  private static final Signer AT_DOMAIN =
      SampleKeys.signer(SignatureAlgorithm.ED25519, 9, "key9@example.com");

  private Path root;
  private Path document;
  private Path file;
  private final List<Path> heard = new CopyOnWriteArrayList<>();
  private final UnusableSidecars unusable = new UnusableSidecars(Clock.systemUTC());
  private final SidecarListener listener =
      new SidecarListener() {
        @Override
        public void unusable(Path source, Unusable verdict) {
          heard.add(source);
        }
      };

  @BeforeEach
  void createRoot(@TempDir Path directory) throws IOException {
    root = Files.createDirectories(directory.resolve("content"));
    document = directory.resolve("signatures.json");
    Files.createDirectories(root.resolve("sub"));
    file = Files.write(root.resolve("sub/file.bin"), CONTENT);
  }

  private SignaturesJson store(Signer... known) {
    return store(BOTH, known);
  }

  private SignaturesJson store(Set<ProtocolVersion> drafts, Signer... known) {
    Map<KeyReference, RawPublicKey> keys = new LinkedHashMap<>();
    Arrays.stream(known).forEach(signer -> keys.put(signer.key(), signer.publicKey()));
    return new SignaturesJson(
        document, root, drafts, 100, key -> Optional.ofNullable(keys.get(key)), listener, unusable);
  }

  private Outcome find(SignaturesJson store) throws IOException {
    return find(store, file);
  }

  private Outcome find(SignaturesJson store, Path path) throws IOException {
    return store.find(path, FileAttributes.read(file));
  }

  private static UnusableReason reason(Outcome outcome) {
    return assertInstanceOf(Unusable.class, outcome).reason();
  }

  /** What health would tell of, and why. */
  private Map<Path, UnusableReason> listed() {
    return unusable.list().stream()
        .collect(Collectors.toMap(UnusableSidecars.Entry::source, UnusableSidecars.Entry::reason));
  }

  private void write(Map<String, ?> json) throws IOException {
    Files.writeString(document, JsonWriter.string(json));
  }

  /** An entry as the public server writes it. */
  private static Map<String, Object> entry(byte[] content, Signer... signers) {
    try {
      SignedBody body = SampleKeys.sign(content, signers);
      List<Object> signatures = new ArrayList<>();
      for (int i = 0; i < signers.length; i++) {
        Map<String, Object> signature = new LinkedHashMap<>();
        KeyReference key = signers[i].key();
        signature.put("key_id", key.keyId().value());
        key.fqdn().ifPresent(fqdn -> signature.put("fqdn", fqdn.name()));
        signature.put("content_digest", body.digest().contentDigest());
        signature.put("signature_b64", body.signatures().get(i).draft01().orElseThrow().toBase64());
        signatures.add(signature);
      }
      return new LinkedHashMap<>(Map.of("signatures", signatures));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void find_entry_givesTheFieldsOfDraft01Only() throws Exception {
    write(Map.of("sub/file.bin", entry(CONTENT, ED25519, AT_DOMAIN)));
    StoredSignatures found =
        assertInstanceOf(Found.class, find(store(ED25519, AT_DOMAIN))).signatures();
    List<HeaderField> expected =
        SampleKeys.sign(CONTENT, ED25519, AT_DOMAIN).fields(Set.of(ProtocolVersion.DRAFT_01));
    assertEquals(expected, found.fields());
    assertEquals(FieldNames.SIGNATURE_INPUT, found.fields().get(1).name());
    assertTrue(
        found.fields().get(1).value().startsWith("sig1=(\"content-digest\");keyid=\"key1\""));
    assertTrue(found.fileSize().isEmpty());
    assertEquals(Set.of(ED25519.key(), AT_DOMAIN.key()), found.publicKeys().keySet());
  }

  @Test
  void find_unknownKey_isTakenAsItIs() throws Exception {
    write(Map.of("sub/file.bin", entry(CONTENT, ED25519)));
    StoredSignatures found = assertInstanceOf(Found.class, find(store())).signatures();
    assertTrue(found.publicKeys().isEmpty());
  }

  @Test
  void find_knownKeyThatDoesNotConfirm_spoilsOnlyThatFile() throws Exception {
    Files.write(root.resolve("good"), CONTENT);
    Signer impostor = SampleKeys.signer(SignatureAlgorithm.ED25519, 7, "key1");
    write(Map.of("sub/file.bin", entry(CONTENT, impostor), "good", entry(CONTENT, ED25519)));
    SignaturesJson store = store(ED25519);
    assertEquals(UnusableReason.SIGNATURE_MISMATCH, reason(find(store)));
    assertEquals(UnusableReason.SIGNATURE_MISMATCH, reason(find(store)));
    assertEquals(List.of(file), heard);
    assertEquals(Map.of(file, UnusableReason.SIGNATURE_MISMATCH), listed());
    assertInstanceOf(Found.class, find(store, root.resolve("good")));
  }

  @Test
  void find_draft00Alone_absent() throws Exception {
    write(Map.of("sub/file.bin", entry(CONTENT, ED25519)));
    assertInstanceOf(Absent.class, find(store(Set.of(ProtocolVersion.DRAFT_00), ED25519)));
  }

  @Test
  void find_filesOutsideTheRootOrNotNamed_absent() throws Exception {
    write(
        Map.of(
            "../signatures.json",
            entry(CONTENT, ED25519),
            document.toString(),
            entry(CONTENT, ED25519),
            "sub/../other",
            entry(CONTENT, ED25519)));
    SignaturesJson store = store(ED25519);
    assertInstanceOf(Absent.class, find(store));
    assertInstanceOf(Absent.class, find(store, document));
    assertInstanceOf(Absent.class, find(store, root));
    assertInstanceOf(Absent.class, find(store, root.resolve("other")));
    assertInstanceOf(Absent.class, find(store, root.resolve("sub/../../signatures.json")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "/", "/a", "a/", "a//b", ".", "..", "./a", "a/..", "../a", "a/./b", "a\0b"})
  void isPlainPath_tricks_refused(String name) {
    assertEquals(false, SignaturesJsonEntry.isPlainPath(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a/b", "..a", "a..b/c.", "ä\nb", "\\a", "C:"})
  void isPlainPath_ordinaryNames_taken(String name) {
    assertEquals(true, SignaturesJsonEntry.isPlainPath(name));
  }

  private static List<?> signaturesOf(Map<String, Object> entry) {
    return (List<?>) java.util.Objects.requireNonNull(entry.get("signatures"));
  }

  private static Arguments bad(
      UnusableReason reason, String what, Consumer<Map<String, Object>> edit) {
    Map<String, Object> entry = entry(CONTENT, ED25519, ED25519_OTHER);
    @SuppressWarnings("unchecked")
    Map<String, Object> second = (Map<String, Object>) signaturesOf(entry).get(1);
    edit.accept(second);
    return Arguments.of(reason, what, entry);
  }

  static Stream<Arguments> badEntries() {
    List<Object> four = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      Signer signer = SampleKeys.signer(SignatureAlgorithm.ED25519, i, "k" + i);
      four.addAll(signaturesOf(entry(CONTENT, signer)));
    }
    String otherDigest = OtherDigest.of("x");
    return Stream.of(
        Arguments.of(UnusableReason.WRONG_TYPE, "text", "x"),
        Arguments.of(UnusableReason.WRONG_TYPE, "array", List.of()),
        Arguments.of(UnusableReason.MISSING_MEMBER, "empty", Map.of()),
        Arguments.of(UnusableReason.MALFORMED_VALUE, "none", Map.of("signatures", List.of())),
        Arguments.of(UnusableReason.WRONG_TYPE, "numbers", Map.of("signatures", List.of(1))),
        Arguments.of(UnusableReason.MALFORMED_VALUE, "four", Map.of("signatures", four)),
        bad(UnusableReason.VALUES_DISAGREE, "digests", s -> s.put("content_digest", otherDigest)),
        bad(UnusableReason.MALFORMED_VALUE, "same key", s -> s.put("key_id", "key1")),
        bad(UnusableReason.MALFORMED_VALUE, "key id", s -> s.put("key_id", "a b")),
        bad(UnusableReason.MALFORMED_VALUE, "fqdn case", s -> s.put("fqdn", "Example.com")),
        bad(UnusableReason.WRONG_TYPE, "fqdn type", s -> s.put("fqdn", 1)),
        bad(UnusableReason.MALFORMED_VALUE, "base64", s -> s.put("signature_b64", "*")),
        bad(UnusableReason.WRONG_LENGTH, "short", s -> s.put("signature_b64", "AAAA")),
        bad(UnusableReason.MISSING_MEMBER, "no signature", s -> s.remove("signature_b64")));
  }

  @ParameterizedTest(name = "{1}: {0}")
  @MethodSource("badEntries")
  void find_badEntry_unusableWithStableReason(UnusableReason reason, String what, Object entry)
      throws Exception {
    write(Map.of("sub/file.bin", entry));
    assertEquals(reason, reason(find(store(ED25519))), what);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "md5=:AAAA:",
        "sha-256=:AAAA:",
        "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:;q=1",
        "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:, md5=:AAAA:",
        " sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:",
        "nonsense="
      })
  void find_contentDigestThatIsNotExactlyOneCanonicalDigest_unusable(String digest)
      throws Exception {
    String json =
        JsonWriter.string(Map.of("sub/file.bin", entry(CONTENT, ED25519)))
            .replaceAll("sha-256=:[^:]*:", digest);
    Files.writeString(document, json);
    assertInstanceOf(Unusable.class, find(store(ED25519)));
  }

  @Test
  void find_nullEntry_isWrongType() throws Exception {
    Files.writeString(document, "{\"sub/file.bin\": null}");
    assertEquals(UnusableReason.WRONG_TYPE, reason(find(store())));
  }

  @Test
  void find_documentMissingOrBroken_everythingUnusableUntilItIsRepaired() throws Exception {
    SignaturesJson store = store(ED25519);
    assertEquals(UnusableReason.UNREADABLE, reason(find(store)));
    assertEquals(UnusableReason.UNREADABLE, reason(find(store)));
    assertEquals(1, heard.size());
    assertEquals(Map.of(document, UnusableReason.UNREADABLE), listed());
    Files.writeString(document, "{\"a\":" + "[".repeat(2_000_000));
    assertEquals(UnusableReason.NOT_JSON, reason(find(store)));
    Files.write(document, new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'});
    assertEquals(UnusableReason.NOT_UTF8, reason(find(store)));
    assertEquals(UnusableReason.NOT_UTF8, reason(find(store)));
    assertEquals(List.of(document, document, document), heard);
    assertEquals(Map.of(document, UnusableReason.NOT_UTF8), listed());
    write(Map.of("sub/file.bin", entry(CONTENT, ED25519)));
    assertEquals(Map.of(), listed());
    assertInstanceOf(Found.class, find(store));
  }

  @Test
  void find_thousandsOfEntries_eachFoundOnceMoreFromTheCache() throws Exception {
    Map<String, Object> json = new LinkedHashMap<>();
    for (int i = 0; i < 5000; i++) {
      json.put("dir" + i % 10 + "/f" + i, Map.of());
    }
    json.put("sub/file.bin", entry(CONTENT, ED25519));
    write(json);
    SignaturesJson store = store(ED25519);
    for (int i = 0; i < 5000; i++) {
      assertEquals(
          UnusableReason.MISSING_MEMBER,
          reason(find(store, root.resolve("dir" + i % 10 + "/f" + i))));
    }
    Outcome first = find(store);
    assertSame(first, find(store));
    assertInstanceOf(Found.class, first);
  }

  /** A digest of other content, in the form of the document. */
  private static final class OtherDigest {
    static String of(String content) {
      return io.dive.sign.BodyDigester.digest(
              io.dive.protocol.HashAlgorithm.SHA_256, content.getBytes(UTF_8))
          .contentDigest();
    }
  }
}
