// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import io.dive.key.SignatureVerifier;
import io.dive.key.SigningKey;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.Bytes;
import io.dive.protocol.ContentDigest;
import io.dive.protocol.DiveSig;
import io.dive.protocol.FieldNames;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.sign.BodyDigester;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What a client that knows the public key says of answers, and what is left behind when they have
 * been sent. For suites to inherit.
 */
public abstract class Judgement {
  public static final HashAlgorithm HASH = HashAlgorithm.SHA_256;
  public static final SigningKey KEY =
      SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());

  /** The complete body with its length and all four fields, which are true. */
  public static void assertSigned(Answer answer, byte[] body) throws MalformedFieldException {
    assertEquals(200, answer.status());
    assertTrue(answer.complete(), "the body is not complete");
    assertArrayEquals(body, answer.body());
    assertEquals(Optional.of(Integer.toString(body.length)), answer.field("Content-Length"));
    assertEquals(Optional.empty(), answer.field("Trailer"));
    assertTrue(answer.field("Cache-Control").orElse("").contains("no-transform"));
    assertFieldsOf(answer::field, body);
  }

  /** The four fields are there, and true for the body. */
  public static void assertFieldsOf(Function<String, Optional<String>> field, byte[] body)
      throws MalformedFieldException {
    assertFieldsOf(field, BodyDigester.digest(HASH, body));
  }

  /** The four fields are there, and true for the body with that digest. */
  public static void assertFieldsOf(Function<String, Optional<String>> field, BodyDigest digest)
      throws MalformedFieldException {
    String contentDigest = field.apply(FieldNames.CONTENT_DIGEST).orElseThrow();
    assertEquals(List.of(digest), ContentDigest.parse(contentDigest).permitted());
    List<MessageSignature> signatures =
        MessageSignature.parse(
            field.apply(FieldNames.SIGNATURE_INPUT).orElseThrow(),
            field.apply(FieldNames.SIGNATURE).orElseThrow());
    assertEquals(1, signatures.size());
    MessageSignature signature = signatures.get(0);
    assertTrue(
        verifies(
            MessageSignature.signatureBase(contentDigest, signature.signatureParams()),
            signature.signature()));
    DiveSig.Entry entry =
        DiveSig.parse(field.apply(FieldNames.DIVE_SIG).orElseThrow()).entries().get(0);
    assertTrue(verifies(digest.draft00SignedBytes(), entry.signature()));
  }

  public static boolean verifies(byte[] message, Bytes signature) {
    return SignatureVerifier.verify(KEY.publicKey(), message, signature);
  }

  public static void assertUnsigned(Answer answer, int status, byte[] body) {
    assertEquals(status, answer.status());
    assertTrue(answer.complete(), "the body is not complete");
    assertArrayEquals(body, answer.body());
    assertNoFields(answer);
  }

  public static void assertNoFields(Answer answer) {
    for (String name : FieldNames.SIGNED_RESPONSE) {
      assertEquals(Optional.empty(), answer.field(name), name);
      assertEquals(Optional.empty(), answer.trailer(name), name);
    }
  }

  /** Bytes that depend on their count alone. */
  public static byte[] bytes(long count) {
    byte[] bytes = new byte[Math.toIntExact(count)];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  /** A condition that may throw. */
  public interface Condition {
    boolean holds() throws IOException;
  }

  /** Waits for what the container does right after the last byte. */
  public static void eventually(Condition condition) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.holds()) {
      assertTrue(System.nanoTime() < deadline, "it does not happen");
      Thread.onSpinWait();
    }
  }

  /** What this process has open below a directory, deleted files included; none off Linux. */
  public static List<Path> openFiles(Path below) throws IOException {
    Path descriptors = Path.of("/proc/self/fd");
    if (!Files.isDirectory(descriptors)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(descriptors)) {
      return all.filter(
              descriptor -> {
                try {
                  return Files.readSymbolicLink(descriptor).toString().startsWith(below.toString());
                } catch (IOException closedMeanwhile) {
                  return false;
                }
              })
          .toList();
    }
  }
}
