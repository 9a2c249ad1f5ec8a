// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.dive.key.SigningKey;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.KeyReference;
import io.dive.protocol.PolicyRecord;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Master;
import org.xbill.DNS.TXTRecord;

/** What is to be published, as a name server reads it. */
class PublishedRecordsTest {
  private final SigningKey ed25519 =
      SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
  private final SigningKey ed448 =
      SigningKey.generate(SignatureAlgorithm.ED448, new SecureRandom());

  private static String valueOf(String line, String owner, long ttl) throws Exception {
    Master reader = new Master(new ByteArrayInputStream(line.getBytes(StandardCharsets.US_ASCII)));
    TXTRecord record = (TXTRecord) reader.nextRecord();
    assertNull(reader.nextRecord());
    assertEquals(owner, record.getName().toString());
    assertEquals(ttl, record.getTTL());
    StringBuilder value = new StringBuilder();
    for (byte[] string : record.getStringsAsByteArrays()) {
      value.append(new String(string, StandardCharsets.US_ASCII));
    }
    return value.toString();
  }

  @Test
  void policies_readBack_newestFirst() throws Exception {
    List<String> lines =
        PublishedRecords.policies(new Fqdn("example.com"), EnumSet.allOf(ProtocolVersion.class));
    assertEquals(2, lines.size());
    List<ProtocolVersion> versions = List.of(ProtocolVersion.DRAFT_01, ProtocolVersion.DRAFT_00);
    for (int i = 0; i < 2; i++) {
      assertEquals(
          PolicyRecord.strict(versions.get(i), 300),
          PolicyRecord.parse(valueOf(lines.get(i), "_dive.example.com.", 300)));
    }
  }

  @Test
  void keys_readBack() throws Exception {
    for (SigningKey key : List.of(ed25519, ed448)) {
      for (HashAlgorithm hash : HashAlgorithm.values()) {
        String line =
            PublishedRecords.key(
                new CheckPlan.Key(KeyReference.parse("k1"), key.publicKey()),
                new Fqdn("example.com"),
                hash);
        assertEquals(
            new KeyRecord(key.publicKey(), Optional.of(List.of(hash)), 900),
            KeyRecord.parse(valueOf(line, "k1._divekey.example.com.", 900)));
      }
    }
  }

  @Test
  void all_hasEachLineOnce() throws Exception {
    CheckPlan.Key shared =
        new CheckPlan.Key(KeyReference.parse("k1@example.com"), ed25519.publicKey());
    CheckPlan plan =
        new CheckPlan(
            List.of(
                new CheckPlan.Host(new Fqdn("a.example.com"), List.of(shared), false),
                new CheckPlan.Host(new Fqdn("b.example.com"), List.of(shared), false)),
            Set.of(ProtocolVersion.DRAFT_01),
            HashAlgorithm.SHA_256);
    assertEquals(
        List.of("_dive.a.example.com.", "k1._divekey.example.com.", "_dive.b.example.com."),
        PublishedRecords.all(plan).stream().map(line -> line.split(" ", -1)[0]).toList());
  }
}
