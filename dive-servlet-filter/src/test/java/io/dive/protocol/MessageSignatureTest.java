// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static io.dive.protocol.Malformed.codeOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageSignatureTest {
  private static final String COVERED = "(\"content-digest\")";
  private static final String INPUT = COVERED + ";keyid=\"keyABC\";alg=\"ed25519\"";

  private static MessageSignature parseOne(String input) throws MalformedFieldException {
    return MessageSignature.parse("sig1=" + input, "sig1=:AAAA:").get(0);
  }

  private static MessageSignature dive(int index, String key) throws MalformedFieldException {
    return MessageSignature.of(
        index, KeyReference.parse(key), SignatureAlgorithm.ED448, Bytes.of(new byte[3]));
  }

  @Test
  void parse_theDraftsRotationExample_keepsTheOrderOfTheInputs() throws MalformedFieldException {
    List<MessageSignature> signatures =
        MessageSignature.parse(
            "sigdef="
                + COVERED
                + ";keyid=\"keyDEF\"; alg=\"ed25519\", sigabc="
                + COVERED
                + ";keyid=\"keyABC\"; alg=\"ed25519\"",
            "sigabc=:AQ==:, sigdef=:Ag==:");
    assertEquals(
        List.of("sigdef", "sigabc"), signatures.stream().map(MessageSignature::label).toList());
    assertEquals(Optional.of("keyDEF"), signatures.get(0).keyid());
    assertEquals(Optional.of("ed25519"), signatures.get(0).alg());
    assertEquals(
        List.of(MessageSignature.CONTENT_DIGEST_COMPONENT), signatures.get(0).coveredComponents());
    assertEquals(Bytes.of(new byte[] {2}), signatures.get(0).signature());
    assertEquals(INPUT, signatures.get(1).signatureParams());
  }

  @Test
  void parse_theDraftsUpperCaseLabels_areRefused() {
    assertEquals(
        ErrorCode.MALFORMED_SYNTAX,
        codeOf(() -> MessageSignature.parse("sigDEF=" + INPUT, "sigDEF=:AAAA:")));
  }

  @Test
  void parse_whatWeSend_givesItBack() throws MalformedFieldException {
    List<MessageSignature> sent = List.of(dive(0, "new@example.com"), dive(1, "old"));
    assertEquals(
        "sig1="
            + COVERED
            + ";keyid=\"new@example.com\";alg=\"ed448\", sig2="
            + COVERED
            + ";keyid=\"old\";alg=\"ed448\"",
        MessageSignature.serializeInputs(sent));
    assertEquals("sig1=:AAAA:, sig2=:AAAA:", MessageSignature.serializeSignatures(sent));
    assertEquals(
        sent,
        MessageSignature.parse(
            MessageSignature.serializeInputs(sent), MessageSignature.serializeSignatures(sent)));
  }

  @Test
  void parse_spacing_isMadeCanonical() throws MalformedFieldException {
    assertEquals(
        INPUT,
        parseOne("( \"content-digest\"  );  keyid=\"keyABC\"; alg=\"ed25519\"").signatureParams());
  }

  @Test
  void parse_otherParametersAndComponents_areKept() throws MalformedFieldException {
    String input =
        "(\"@status\" \"content-digest\";req \"x\";key=\"a\");created=1618884473"
            + ";expires=1618884773;nonce=\"n\";tag=\"app\";keyid=\"k\";alg=\"ed25519\";x=tok";
    MessageSignature signature = parseOne(input);
    assertEquals(
        List.of("\"@status\"", "\"content-digest\";req", "\"x\";key=\"a\""),
        signature.coveredComponents());
    assertEquals(Optional.of(1618884773L), signature.expires());
    assertEquals(input, signature.signatureParams());
  }

  @Test
  void parse_absentParameters_areForTheVerifierToJudge() throws MalformedFieldException {
    MessageSignature signature = parseOne("()");
    assertEquals(List.of(), signature.coveredComponents());
    assertEquals(Optional.empty(), signature.keyid());
    assertEquals(Optional.empty(), signature.alg());
    assertEquals(Optional.empty(), signature.expires());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "keyid=keyABC",
        "keyid",
        "keyid=:AAAA:",
        "alg=ed25519",
        "created=\"1\"",
        "created=1.0",
        "expires=\"1\"",
        "nonce=n",
        "tag=1"
      })
  void parse_parameterOfAWrongType_malformed(String parameter) {
    assertEquals(ErrorCode.WRONG_TYPE, codeOf(() -> parseOne(COVERED + ";" + parameter)));
  }

  @Test
  void parse_memberOfAWrongType_malformed() {
    assertEquals(ErrorCode.WRONG_TYPE, codeOf(() -> parseOne("\"content-digest\"")));
    assertEquals(ErrorCode.WRONG_TYPE, codeOf(() -> parseOne("(content-digest)")));
    assertEquals(
        ErrorCode.WRONG_TYPE,
        codeOf(() -> MessageSignature.parse("sig1=" + INPUT, "sig1=\"AAAA\"")));
    assertEquals(
        ErrorCode.MALFORMED_BASE64,
        codeOf(() -> MessageSignature.parse("sig1=" + INPUT, "sig1=:AA:")));
  }

  @Test
  void parse_labelInOneFieldOnly_isAnError() {
    assertEquals(
        ErrorCode.MISSING_MEMBER,
        codeOf(() -> MessageSignature.parse("sig1=" + INPUT, "sig2=:AAAA:")));
    assertEquals(
        ErrorCode.MISSING_MEMBER,
        codeOf(() -> MessageSignature.parse("sig1=" + INPUT, "sig1=:AAAA:, sig2=:AAAA:")));
    assertEquals(
        ErrorCode.MISSING_MEMBER,
        codeOf(() -> MessageSignature.parse("sig1=" + INPUT + ", sig2=" + INPUT, "sig1=:AAAA:")));
    assertEquals(ErrorCode.MISSING_MEMBER, codeOf(() -> MessageSignature.parse("", "")));
  }

  @Test
  void parse_errors_nameTheFieldAndTheOffset() {
    assertEquals(
        5,
        Malformed.offsetOf(
            "Signature-Input", () -> MessageSignature.parse("sig1=[", "sig1=:AAAA:")));
    assertEquals(
        13,
        Malformed.offsetOf(
            "Signature (", () -> MessageSignature.parse("sig1=" + INPUT, "sig1=:AAAA:, X=::")));
  }

  @Test
  void signatureBase_anythingButPrintableAscii_refused() {
    assertThrows(
        IllegalArgumentException.class, () -> MessageSignature.signatureBase("a\nb", INPUT));
    assertThrows(IllegalArgumentException.class, () -> MessageSignature.signatureBase("é", INPUT));
    assertThrows(
        IllegalArgumentException.class, () -> MessageSignature.signatureBase("a", "(\"\n\")"));
    assertEquals(
        "\"content-digest\": a,\tb\n\"@signature-params\": ()",
        new String(MessageSignature.signatureBase("a,\tb", "()"), StandardCharsets.US_ASCII));
  }

  @Test
  void construction_componentsAndParametersAtOdds_refused() throws MalformedFieldException {
    MessageSignature good = dive(0, "a");
    assertEquals(good, with(good, "sig1", good.keyid(), good.signatureParams()));
    for (String label : List.of("", "SIG", "a=(), b", "é", "sig 1")) {
      assertThrows(
          IllegalArgumentException.class,
          () -> with(good, label, good.keyid(), good.signatureParams()));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> with(good, "sig1", Optional.of("b"), good.signatureParams()));
    for (String params : List.of("", "()", " " + good.signatureParams(), "1", "(),b=()")) {
      assertThrows(IllegalArgumentException.class, () -> with(good, "sig1", good.keyid(), params));
    }
  }

  private static MessageSignature with(
      MessageSignature like, String label, Optional<String> keyid, String params) {
    return new MessageSignature(
        label,
        like.coveredComponents(),
        keyid,
        like.alg(),
        like.expires(),
        params,
        like.signature());
  }

  @Test
  void serialize_noneOrRepeatedLabels_refused() throws MalformedFieldException {
    List<MessageSignature> twice = List.of(dive(0, "a"), dive(0, "b"));
    assertThrows(IllegalArgumentException.class, () -> MessageSignature.serializeInputs(List.of()));
    assertThrows(IllegalArgumentException.class, () -> MessageSignature.serializeInputs(twice));
    assertThrows(IllegalArgumentException.class, () -> MessageSignature.serializeSignatures(twice));
  }
}
