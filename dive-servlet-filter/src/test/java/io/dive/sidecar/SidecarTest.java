// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static io.dive.sidecar.SampleKeys.BOTH;
import static io.dive.sidecar.SampleKeys.ED25519;
import static io.dive.sidecar.SampleKeys.ED25519_OTHER;
import static io.dive.sidecar.SampleKeys.ED448;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonWriter;
import io.dive.protocol.HeaderField;
import io.dive.protocol.ProtocolVersion;
import io.dive.sign.ResponseSigner;
import io.dive.sign.SignedBody;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SidecarTest {
  private static final byte[] CONTENT = "hello\n".getBytes(UTF_8);

  private static byte[] valid() {
    try {
      return SampleKeys.sidecar(CONTENT, ED25519, ED448).serialize();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static JsonObject validJson() throws Exception {
    return JsonParser.object().from(new String(valid(), UTF_8));
  }

  private static byte[] bytes(Object json) {
    return JsonWriter.string(json).getBytes(UTF_8);
  }

  private static UnusableReason reasonOf(byte[] json) {
    return assertInstanceOf(Unusable.class, Sidecar.parse(json)).reason();
  }

  @Test
  void pathFor_addsSuffixToTheWholeName() {
    assertEquals(Path.of("/a/b.tar.gz.dive"), Sidecar.pathFor(Path.of("/a/b.tar.gz")));
    assertEquals(Path.of("b.dive"), Sidecar.pathFor(Path.of("b")));
  }

  @Test
  void parse_givesBackWhatWasSerialized() throws Exception {
    for (Optional<Sidecar.SignedState> state :
        List.of(
            Optional.<Sidecar.SignedState>empty(),
            Optional.of(
                new Sidecar.SignedState(
                    Instant.ofEpochSecond(1, 23), Instant.ofEpochSecond(4, 567), 89)))) {
      Sidecar plain = SampleKeys.sidecar(CONTENT, ED25519, ED25519_OTHER, ED448);
      Sidecar sidecar = new Sidecar(plain.fileSize(), plain.body(), plain.publicKeys(), state);
      assertEquals(sidecar, Sidecar.parse(sidecar.serialize()));
    }
  }

  @Test
  void serialize_beginsWithTheVersion() {
    assertTrue(new String(valid(), UTF_8).startsWith("{\n  \"dive-sidecar\":1,"));
  }

  @Test
  void serialize_textsJoinedAreTheHeaderFields() throws Exception {
    Map<String, String> fields =
        SampleKeys.sidecar(CONTENT, ED25519, ED448).body().fields(BOTH).stream()
            .collect(Collectors.toMap(HeaderField::name, HeaderField::value));
    JsonObject json = validJson();
    assertEquals(fields.get("Content-Digest"), json.getString("Content-Digest"));
    assertEquals(fields.get("DIVE-Sig"), joined(json, "draft-00", "DIVE-Sig"));
    assertEquals(fields.get("Signature-Input"), joined(json, "draft-01", "Signature-Input"));
    assertEquals(fields.get("Signature"), joined(json, "draft-01", "Signature"));
    assertEquals(4, fields.size());
  }

  private static String joined(JsonObject json, String draft, String member) {
    return json.getArray("signatures").stream()
        .map(entry -> ((JsonObject) entry).getObject(draft).getString(member))
        .collect(Collectors.joining(", "));
  }

  @Test
  void parse_unknownMembersAndAnyHint_areIgnored() throws Exception {
    for (Object hint : new Object[] {1, "x", new JsonArray(), Map.of("modified", "never")}) {
      JsonObject json = validJson();
      json.put("future", Map.of("a", 1));
      ((JsonObject) json.getArray("signatures").get(0)).put("note", "x");
      json.put("signed-state", hint);
      assertEquals(Sidecar.parse(valid()), Sidecar.parse(bytes(json)));
    }
  }

  private static Arguments change(UnusableReason reason, String what, Consumer<JsonObject> edit) {
    return Arguments.of(reason, what, edit);
  }

  private static Arguments entry(UnusableReason reason, String what, Consumer<JsonObject> edit) {
    return change(
        reason, what, json -> edit.accept((JsonObject) json.getArray("signatures").get(0)));
  }

  private static String base64(int length) {
    return Base64.getEncoder().encodeToString(new byte[length]);
  }

  static Stream<Arguments> unusable() {
    String otherSize = "stands for 64 bytes";
    return Stream.of(
        change(UnusableReason.UNKNOWN_FORMAT, "version 2", j -> j.put("dive-sidecar", 2)),
        change(UnusableReason.UNKNOWN_FORMAT, "version 1.0", j -> j.put("dive-sidecar", 1.0)),
        change(UnusableReason.UNKNOWN_FORMAT, "version text", j -> j.put("dive-sidecar", "1")),
        change(
            UnusableReason.UNKNOWN_FORMAT,
            "version not first",
            j -> {
              j.remove("dive-sidecar");
              j.put("dive-sidecar", 1);
            }),
        change(UnusableReason.UNKNOWN_FORMAT, "empty object", JsonObject::clear),
        change(UnusableReason.MISSING_MEMBER, "no size", j -> j.remove("size")),
        change(UnusableReason.MALFORMED_VALUE, "negative size", j -> j.put("size", -1)),
        change(UnusableReason.WRONG_TYPE, "size text", j -> j.put("size", "6")),
        change(UnusableReason.WRONG_TYPE, "size fraction", j -> j.put("size", 6.5)),
        change(UnusableReason.MISSING_MEMBER, "no hash", j -> j.remove("hash")),
        change(
            UnusableReason.MALFORMED_VALUE,
            "sha-256 is no draft name",
            j -> j.put("hash", "sha-256")),
        change(UnusableReason.WRONG_LENGTH, "hash of other length", j -> j.put("hash", "sha384")),
        change(UnusableReason.VALUES_DISAGREE, "other hash", j -> j.put("hash", "sha3-256")),
        change(UnusableReason.MISSING_MEMBER, "null digest", j -> j.put("digest", null)),
        change(UnusableReason.MALFORMED_VALUE, "digest not base64", j -> j.put("digest", "*")),
        change(UnusableReason.VALUES_DISAGREE, "other digest", j -> j.put("digest", base64(32))),
        change(
            UnusableReason.VALUES_DISAGREE,
            "other Content-Digest",
            j -> j.put("Content-Digest", "sha-256=:" + base64(32) + ":")),
        change(UnusableReason.MISSING_MEMBER, "no signatures", j -> j.remove("signatures")),
        change(UnusableReason.WRONG_TYPE, "signatures object", j -> j.put("signatures", Map.of())),
        change(UnusableReason.MALFORMED_VALUE, "none", j -> j.put("signatures", new JsonArray())),
        change(
            UnusableReason.WRONG_TYPE, "entry text", j -> j.put("signatures", JsonArray.from("x"))),
        change(
            UnusableReason.MALFORMED_VALUE,
            "same key twice",
            j -> j.getArray("signatures").set(1, j.getArray("signatures").get(0))),
        change(
            UnusableReason.MALFORMED_VALUE,
            "four entries",
            j -> j.getArray("signatures").addAll(j.getArray("signatures").stream().toList())),
        change(
            UnusableReason.VALUES_DISAGREE,
            "entries swapped, labels not",
            j -> j.getArray("signatures").add(j.getArray("signatures").remove(0))),
        entry(UnusableReason.MALFORMED_VALUE, "key id", e -> e.put("key-id", "a-b")),
        entry(UnusableReason.VALUES_DISAGREE, "other key id", e -> e.put("key-id", "other")),
        entry(UnusableReason.MALFORMED_VALUE, "fqdn", e -> e.put("fqdn", "a b")),
        entry(UnusableReason.VALUES_DISAGREE, "added fqdn", e -> e.put("fqdn", "example.com")),
        entry(UnusableReason.MALFORMED_VALUE, "algorithm", e -> e.put("algorithm", "rsa")),
        entry(UnusableReason.WRONG_LENGTH, "other algorithm", e -> e.put("algorithm", "ed448")),
        entry(UnusableReason.MISSING_MEMBER, "no public key", e -> e.remove("public-key")),
        entry(UnusableReason.WRONG_LENGTH, "short key", e -> e.put("public-key", base64(31))),
        entry(
            UnusableReason.SIGNATURE_MISMATCH,
            "another public key",
            e -> e.put("public-key", ED25519_OTHER.publicKey().bytes().toBase64())),
        entry(
            UnusableReason.SIGNATURE_MISMATCH,
            "a public key that is no point",
            e -> e.put("public-key", base64(32).replace('A', '/').replace("//=", "/8="))),
        entry(UnusableReason.MISSING_MEMBER, "no draft-00", e -> e.remove("draft-00")),
        entry(UnusableReason.MISSING_MEMBER, "no draft-01", e -> e.remove("draft-01")),
        entry(UnusableReason.WRONG_TYPE, "draft text", e -> e.put("draft-00", "x")),
        entry(
            UnusableReason.WRONG_LENGTH,
            otherSize,
            e -> e.getObject("draft-01").put("signature", base64(63))),
        entry(
            UnusableReason.VALUES_DISAGREE,
            "raw draft-00 signature differs from text",
            e -> e.getObject("draft-00").put("signature", base64(64))),
        entry(
            UnusableReason.VALUES_DISAGREE,
            "raw draft-01 signature differs from text",
            e -> e.getObject("draft-01").put("signature", base64(64))),
        entry(
            UnusableReason.VALUES_DISAGREE,
            "Signature-Input",
            e -> e.getObject("draft-01").put("Signature-Input", "sig1=()")),
        entry(
            UnusableReason.MISSING_MEMBER,
            "no Signature text",
            e -> e.getObject("draft-01").remove("Signature")),
        entry(
            UnusableReason.SIGNATURE_MISMATCH,
            "the draft-00 signature in place of draft-01's",
            e -> {
              String wrong = e.getObject("draft-00").getString("signature");
              e.getObject("draft-01").put("signature", wrong);
              e.getObject("draft-01").put("Signature", "sig1=:" + wrong + ":");
            }));
  }

  @ParameterizedTest(name = "{1}: {0}")
  @MethodSource("unusable")
  void parse_badSidecar_unusableWithStableReason(
      UnusableReason reason, String what, Consumer<JsonObject> edit) throws Exception {
    JsonObject json = validJson();
    edit.accept(json);
    assertEquals(reason, reasonOf(bytes(json)), what);
  }

  @Test
  void parse_signatureOfAnotherDigest_mismatch() throws Exception {
    Sidecar other = SampleKeys.sidecar("other\n".getBytes(UTF_8), ED25519);
    Sidecar mixed =
        new Sidecar(
            6,
            new SignedBody(SampleKeys.sign(CONTENT, ED25519).digest(), other.body().signatures()),
            other.publicKeys(),
            Optional.empty());
    assertEquals(UnusableReason.SIGNATURE_MISMATCH, reasonOf(mixed.serialize()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "null", "[1]", "{", "{\"dive-sidecar\":1,}", "{\"a\":NaN}", "\0"})
  void parse_noJsonObject_notJson(String text) {
    assertEquals(UnusableReason.NOT_JSON, reasonOf(text.getBytes(UTF_8)));
  }

  @Test
  void parse_deepNestingAndEndlessNumbers_notJson() {
    String deep = "{\"dive-sidecar\":1,\"x\":" + "[".repeat(60_000);
    assertEquals(UnusableReason.NOT_JSON, reasonOf(deep.getBytes(UTF_8)));
    String objects = "{\"dive-sidecar\":1,\"x\":" + "{\"a\":".repeat(12_000);
    assertEquals(UnusableReason.NOT_JSON, reasonOf(objects.getBytes(UTF_8)));
    String number = "{\"dive-sidecar\":1,\"x\":" + "9".repeat(60_000) + "}";
    assertEquals(UnusableReason.NOT_JSON, reasonOf(number.getBytes(UTF_8)));
  }

  @Test
  void parse_bracketsInStrings_areNoNesting() throws Exception {
    JsonObject json = validJson();
    json.put("x", "\\\"" + "[{".repeat(100) + "1".repeat(100));
    assertInstanceOf(Sidecar.class, Sidecar.parse(bytes(json)));
  }

  @Test
  void parse_bytesThatAreNotUtf8_notUtf8() {
    for (String bad :
        new String[] {"\u00ff", "\u00c0\u0080", "\u00ed\u00a0\u0080", "\u00e2\u0082"}) {
      byte[] json = ("{\"dive-sidecar\":1,\"x\":\"" + bad + "\"}").getBytes(ISO_8859_1);
      assertEquals(UnusableReason.NOT_UTF8, reasonOf(json), bad);
    }
  }

  @Test
  void parse_overTheLimit_tooLarge() {
    byte[] atLimit = java.util.Arrays.copyOf(valid(), Sidecar.MAX_BYTES);
    java.util.Arrays.fill(atLimit, valid().length, atLimit.length, (byte) ' ');
    assertInstanceOf(Sidecar.class, Sidecar.parse(atLimit));
    byte[] over = java.util.Arrays.copyOf(atLimit, atLimit.length + 1);
    over[over.length - 1] = ' ';
    assertEquals(UnusableReason.TOO_LARGE, reasonOf(over));
  }

  @Property(tries = 1000)
  void parse_anyOneByteChanged_isUnusableOrSaysTheSame(
      @ForAll @IntRange(max = 100_000) int position, @ForAll byte value) {
    byte[] json = valid();
    json[position % json.length] = value;
    if (Sidecar.parse(json) instanceof Sidecar sidecar) {
      assertEquals(((Sidecar) Sidecar.parse(valid())).body(), sidecar.body());
    }
  }

  @Property(tries = 200)
  void parse_anyPrefix_isUnusable(@ForAll @IntRange(max = 100_000) int length) {
    byte[] json = valid();
    byte[] prefix = java.util.Arrays.copyOf(json, length % (json.length - 1));
    assertInstanceOf(Unusable.class, Sidecar.parse(prefix));
  }

  @Property(tries = 300)
  void parse_anyBytes_neverThrows(@ForAll byte[] bytes) {
    assertInstanceOf(Unusable.class, Sidecar.parse(bytes));
  }

  @Test
  void constructor_whatDoesNotBelongTogether_refused() throws Exception {
    Sidecar one = SampleKeys.sidecar(CONTENT, ED25519);
    Sidecar other = SampleKeys.sidecar(CONTENT, ED25519_OTHER);
    assertNotEquals(one.publicKeys(), other.publicKeys());
    assertThrows(
        IllegalArgumentException.class,
        () -> new Sidecar(6, one.body(), other.publicKeys(), Optional.empty()));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Sidecar(-1, one.body(), one.publicKeys(), Optional.empty()));
    SignedBody draft01Only =
        new ResponseSigner(List.of(ED25519), Set.of(ProtocolVersion.DRAFT_01), 0)
            .sign(one.body().digest());
    assertThrows(
        IllegalArgumentException.class,
        () -> new Sidecar(6, draft01Only, one.publicKeys(), Optional.empty()));
  }

  @Test
  void unusableReasons_haveDistinctTokens() {
    assertEquals(
        UnusableReason.values().length,
        Stream.of(UnusableReason.values()).map(UnusableReason::token).distinct().count());
  }
}
