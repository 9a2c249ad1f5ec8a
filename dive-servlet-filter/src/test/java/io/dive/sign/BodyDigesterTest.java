// SPDX-License-Identifier: Apache-2.0
package io.dive.sign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.grack.nanojson.JsonObject;
import io.dive.Vectors;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.Bytes;
import io.dive.protocol.ContentDigest;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.MalformedFieldException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BodyDigesterTest {
  private static byte[] body(int length) {
    byte[] body = new byte[length];
    for (int i = 0; i < length; i++) {
      body[i] = (byte) (i * 7);
    }
    return body;
  }

  @Test
  void rfc9530_digestsAndFieldValuesMatch() throws MalformedFieldException {
    List<String> failures = new ArrayList<>();
    int ran = 0;
    for (JsonObject vector : Vectors.array("rfc9530/rfc9530.json")) {
      byte[] body = Bytes.parseBase64(vector.getString("body_b64")).toByteArray();
      assertEquals(vector.getInt("length"), body.length);
      JsonObject digests = vector.getObject("digests");
      for (String name : digests.keySet()) {
        String id = vector.getString("name") + " " + name;
        JsonObject expected = digests.getObject(name);
        String field = expected.getString("content_digest");
        BodyDigest digest =
            BodyDigester.digest(HashAlgorithm.fromDigestKey(name).orElseThrow(), body);
        ContentDigest parsed = ContentDigest.parse(field);
        if (!digest.value().toBase64().equals(expected.getString("digest_b64"))) {
          failures.add(id + ": digest");
        }
        if (!digest.contentDigest().equals(field)) {
          failures.add(id + ": field value");
        }
        if (!parsed.serialize().equals(field) || !parsed.permitted().equals(List.of(digest))) {
          failures.add(id + ": round trip");
        }
        ran++;
      }
    }
    assertEquals(List.of(), failures);
    assertEquals(10, ran);
  }

  @ParameterizedTest
  @EnumSource
  void agreesWithTheJdk(HashAlgorithm algorithm) throws NoSuchAlgorithmException {
    for (int length : new int[] {0, 1, 55, 64, 71, 72, 104, 135, 136, 137, 1000, 70_000}) {
      assertEquals(
          Bytes.of(MessageDigest.getInstance(algorithm.jcaName()).digest(body(length))),
          BodyDigester.digest(algorithm, body(length)).value(),
          () -> algorithm + " of " + length + " bytes");
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyWayOfFeedingGivesTheSameDigest(HashAlgorithm algorithm) {
    byte[] body = body(1000);
    BodyDigest expected = BodyDigester.digest(algorithm, body);

    BodyDigester digester = new BodyDigester(algorithm);
    for (byte octet : body) {
      digester.update(octet);
    }
    assertEquals(1000, digester.length());
    assertEquals(expected, digester.finish());

    digester.update(body, 0, 137);
    digester.update(ByteBuffer.wrap(body, 137, 400));
    ByteBuffer direct = ByteBuffer.allocateDirect(500).put(body, 537, 463).flip();
    digester.update(direct);
    assertFalse(direct.hasRemaining());
    assertEquals(1000, digester.length());
    assertEquals(expected, digester.finish());
  }

  @Test
  void update_integer_takesTheLowEightBits() {
    BodyDigester digester = new BodyDigester(HashAlgorithm.SHA_256);
    digester.update(0x1ff);
    assertEquals(
        BodyDigester.digest(HashAlgorithm.SHA_256, new byte[] {(byte) 0xff}), digester.finish());
  }

  @ParameterizedTest
  @EnumSource
  void finish_startsAnotherBody(HashAlgorithm algorithm) {
    BodyDigester digester = new BodyDigester(algorithm);
    digester.update(body(10), 0, 10);
    digester.finish();
    assertEquals(0, digester.length());
    assertEquals(BodyDigester.digest(algorithm, new byte[0]), digester.finish());
  }

  @ParameterizedTest
  @EnumSource
  void update_rangeOutsideTheArray_leavesTheDigesterAsItWas(HashAlgorithm algorithm) {
    BodyDigester digester = new BodyDigester(algorithm);
    assertThrows(RuntimeException.class, () -> digester.update(new byte[4], 2, 4));
    assertEquals(0, digester.length());
    assertEquals(BodyDigester.digest(algorithm, new byte[0]), digester.finish());
  }
}
