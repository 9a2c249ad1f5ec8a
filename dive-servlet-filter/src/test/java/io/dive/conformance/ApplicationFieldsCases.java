// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.ContentDigest;
import io.dive.protocol.FieldNames;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.MessageSignature;
import io.dive.sign.BodyDigester;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** An application, or a server behind it, that sets fields of the same names itself. */
class ApplicationFieldsCases extends Conformance {
  private static final String INPUT = "(\"@status\");created=1;keyid=\"theirs\"";
  private static final String VALUE = ":AQIDBA==:";

  private static BodyDigest sha512(byte[] body) {
    return BodyDigester.digest(HashAlgorithm.SHA_512, body);
  }

  /** Our signature under a label; the fields have that many. */
  private static void assertOurs(Answer answer, byte[] body, String label, int signatures)
      throws Exception {
    String contentDigest = answer.field(FieldNames.CONTENT_DIGEST).orElseThrow();
    assertTrue(
        ContentDigest.parse(contentDigest).permitted().contains(BodyDigester.digest(HASH, body)));
    List<MessageSignature> all =
        MessageSignature.parse(
            answer.field(FieldNames.SIGNATURE_INPUT).orElseThrow(),
            answer.field(FieldNames.SIGNATURE).orElseThrow());
    assertEquals(signatures, all.size());
    MessageSignature ours =
        all.stream().filter(s -> s.label().equals(label)).findFirst().orElseThrow();
    assertEquals(Optional.of("key1"), ours.keyid());
    assertTrue(
        verifies(
            MessageSignature.signatureBase(contentDigest, ours.signatureParams()),
            ours.signature()));
  }

  @Test
  void aSignatureOfTheApplication_staysBesideOurs() throws Exception {
    byte[] body = bytes(100);
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("Signature-Input", "theirs=" + INPUT);
          response.setHeader("Signature", "theirs=" + VALUE);
          response.getOutputStream().write(body);
        });
    Answer answer = get("/app/x");
    assertOurs(answer, body, "sig1", 2);
    assertTrue(answer.field("Signature-Input").orElseThrow().endsWith("theirs=" + INPUT));
    assertTrue(answer.field("Signature").orElseThrow().endsWith("theirs=" + VALUE));
  }

  @Test
  void ourSignature_takesALabelThatIsFree() throws Exception {
    byte[] body = bytes(100);
    application(
        "/app/x",
        (request, response) -> {
          response.addHeader("Signature-Input", "sig1=" + INPUT);
          response.addHeader("Signature-Input", "sig3=" + INPUT);
          response.addHeader("Signature", "sig1=" + VALUE + ", sig3=" + VALUE);
          response.getOutputStream().write(body);
        });
    assertOurs(get("/app/x"), body, "sig2", 3);
  }

  @Test
  void aSignatureThatOurDigestMakesUntrue_isDropped() throws Exception {
    byte[] body = bytes(100);
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("Content-Digest", sha512(bytes(99)).contentDigest());
          response.setHeader("Signature-Input", "theirs=(\"content-digest\");keyid=\"theirs\"");
          response.setHeader("Signature", "theirs=" + VALUE);
          response.getOutputStream().write(body);
        });
    assertSigned(get("/app/x"), body);
  }

  @Test
  void aDigestByAnotherAlgorithm_staysWhereItIsTrue() throws Exception {
    byte[] body = bytes(MEMORY * 2);
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("Content-Digest", sha512(body).contentDigest());
          response.getOutputStream().write(body);
        });
    Answer answer = get("/app/x");
    assertOurs(answer, body, "sig1", 1);
    assertEquals(
        Optional.of(
            BodyDigester.digest(HASH, body).contentDigest() + ", " + sha512(body).contentDigest()),
        answer.field("Content-Digest"));
  }

  @Test
  void aDigestThatIsNotTrue_isReplaced() throws Exception {
    byte[] body = bytes(100);
    for (String claim :
        List.of(
            sha512(bytes(99)).contentDigest(),
            BodyDigester.digest(HASH, bytes(99)).contentDigest(),
            "unixsum=:AQI=:",
            "what is this?")) {
      application(
          "/app/x",
          (request, response) -> {
            response.setHeader("Content-Digest", claim);
            response.getOutputStream().write(body);
          });
      assertSigned(get("/app/x"), body);
    }
  }

  @Test
  void fieldsThatCannotBeRead_areReplaced() throws Exception {
    byte[] body = bytes(100);
    application(
        "/app/x",
        (request, response) -> {
          for (String name : FieldNames.SIGNED_RESPONSE) {
            response.addHeader(name, "mine");
            response.addHeader(name, "mine again");
          }
          response.getOutputStream().write(body);
        });
    assertSigned(get("/app/x"), body);
  }

  @Test
  void fieldsOfARevisionThatIsNotSent_areLeftAlone() throws Exception {
    settings("dive.drafts = 00");
    byte[] body = bytes(100);
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("Content-Digest", sha512(body).contentDigest());
          response.getOutputStream().write(body);
        });
    Answer answer = get("/app/x");
    assertEquals(Optional.of(sha512(body).contentDigest()), answer.field("Content-Digest"));
    assertTrue(answer.field("DIVE-Sig").isPresent());
    assertEquals(Optional.empty(), answer.field("Signature"));
  }

  @Test
  void anETagOfTheApplication_isLeftAlone() throws Exception {
    byte[] body = bytes(100);
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("ETag", "W/\"one\"");
          response.getOutputStream().write(body);
        });
    Answer answer = get("/app/x");
    assertSigned(answer, body);
    assertEquals(Optional.of("W/\"one\""), answer.field("ETag"));
  }
}
