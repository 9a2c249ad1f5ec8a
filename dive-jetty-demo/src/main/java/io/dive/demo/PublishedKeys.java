// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import io.dive.demo.nameserver.ZoneFile;
import io.dive.protocol.Bytes;
import io.dive.protocol.CharacterStrings;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.RawPublicKey;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.xbill.DNS.Record;
import org.xbill.DNS.TXTRecord;

/**
 * The keys in the sandbox's zone as it was stored last.
 *
 * @param keys by Key ID in small letters, since DNS does not tell case (decision 32); a Key ID
 *     whose records cannot be used has no public key
 */
record PublishedKeys(Map<String, Set<RawPublicKey>> keys) {
  PublishedKeys {
    keys = Map.copyOf(keys);
  }

  /** Those in a zone file; none if it does not exist. */
  static PublishedKeys in(ZoneFile file) throws IOException {
    List<Record> records = file.read().orElse(List.of());
    Map<String, Set<RawPublicKey>> keys = new TreeMap<>();
    for (Record record : records) {
      String label = record.getName().getLabelString(0).toLowerCase(Locale.ROOT);
      if (record instanceof TXTRecord txt
          && SandboxZone.isKey(record)
          && label.matches("[a-z0-9_]{1,63}")) {
        Set<RawPublicKey> published = keys.computeIfAbsent(label, unseen -> new HashSet<>());
        publicKey(txt).ifPresent(published::add);
      }
    }
    return new PublishedKeys(keys);
  }

  private static Optional<RawPublicKey> publicKey(TXTRecord record) {
    try {
      List<Bytes> strings = record.getStringsAsByteArrays().stream().map(Bytes::of).toList();
      return Optional.of(KeyRecord.parse(CharacterStrings.join(strings)).publicKey());
    } catch (MalformedFieldException e) {
      return Optional.empty(); // an update may publish anything
    }
  }

  /** The Key IDs in small letters. */
  Set<KeyId> ids() {
    Set<KeyId> ids = new HashSet<>();
    keys.keySet().forEach(label -> ids.add(new KeyId(label)));
    return ids;
  }

  /** Whether there is a record under the Key ID. */
  boolean has(KeyId id) {
    return keys.containsKey(id.value().toLowerCase(Locale.ROOT));
  }

  /** Whether the Key ID is the key's, and of no other one. */
  boolean has(KeyId id, RawPublicKey key) {
    return Set.of(key).equals(keys.get(id.value().toLowerCase(Locale.ROOT)));
  }
}
