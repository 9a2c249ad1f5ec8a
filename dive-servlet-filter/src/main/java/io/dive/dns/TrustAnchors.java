// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.IoFault;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;

/**
 * The keys from which DNSSEC validation starts (RFC 4033 §2): the root's, or those of any zone.
 * Immutable.
 */
public final class TrustAnchors {
  /** The root's KSK-2017 and KSK-2024, as in IANA's root-anchors.xml. */
  private static final String IANA =
      """
      . IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D
      . IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16
      """;

  private static final int MAX_FILE_BYTES = 1 << 20;

  /** What both RFC 8624 and the validator admit; no SHA-1. */
  private static final Set<Integer> ALGORITHMS =
      Set.of(
          DNSSEC.Algorithm.RSASHA256,
          DNSSEC.Algorithm.RSASHA512,
          DNSSEC.Algorithm.ECDSAP256SHA256,
          DNSSEC.Algorithm.ECDSAP384SHA384,
          DNSSEC.Algorithm.ED25519,
          DNSSEC.Algorithm.ED448);

  private static final Set<Integer> DIGESTS = Set.of(DNSSEC.Digest.SHA256, DNSSEC.Digest.SHA384);

  private final Map<Name, List<DSRecord>> byZone;

  private TrustAnchors(Map<Name, List<DSRecord>> byZone) {
    this.byZone = byZone;
  }

  /** Those of one zone, at least one, all supported. */
  static TrustAnchors of(List<DSRecord> ofOneZone) {
    return new TrustAnchors(Map.of(ofOneZone.get(0).getName(), List.copyOf(ofOneZone)));
  }

  /** The root's anchors as IANA publishes them. */
  public static TrustAnchors iana() {
    try {
      return parse(IANA, "built-in trust anchors");
    } catch (ConfigException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads DS and DNSKEY records in zone-file form, absolute owner names, for one or more zones.
   * They replace the root's.
   *
   * @throws ConfigException with {@code TRUST_ANCHOR_UNUSABLE}; the message names file and line
   */
  public static TrustAnchors read(Path file) throws ConfigException {
    String text;
    try {
      if (!Files.isRegularFile(file) && Files.exists(file)) {
        throw unusable(file.toString(), "is not a regular file; name the file itself");
      }
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw unusable(file.toString(), "is larger than 1 MiB, so it is no trust anchor file");
      }
      text = Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw unusable(
          file.toString(),
          IoFault.reading(e) + ". It is to be a file with the zone's DS or DNSKEY records");
    }
    return parse(text, file.toString());
  }

  static TrustAnchors parse(String text, String source) throws ConfigException {
    Map<Name, List<DSRecord>> byZone = new LinkedHashMap<>();
    StringBuilder entry = new StringBuilder();
    int line = 0;
    int firstLine = 1;
    for (String physical : text.lines().toList()) {
      line++;
      String content = physical.replaceFirst(";.*", "");
      if (entry.isEmpty()) {
        firstLine = line;
      }
      entry.append(content).append('\n');
      if (entry.indexOf("(") >= 0 && entry.indexOf(")") < 0) {
        continue;
      }
      if (!entry.toString().isBlank()) {
        DSRecord anchor = anchor(entry.toString(), source + " line " + firstLine);
        byZone.computeIfAbsent(anchor.getName(), zone -> new ArrayList<>()).add(anchor);
      }
      entry.setLength(0);
    }
    if (!entry.isEmpty()) {
      throw unusable(source + " line " + firstLine, "opens a parenthesis that is never closed");
    }
    if (byZone.isEmpty()) {
      throw unusable(source, "holds no DS or DNSKEY record");
    }
    return new TrustAnchors(byZone);
  }

  private static DSRecord anchor(String entry, String where) throws ConfigException {
    Record record = record(entry, where);
    if (record instanceof DSRecord ds) {
      requireSupported(ds, where);
      return ds;
    }
    if (record instanceof DNSKEYRecord key) {
      if ((key.getFlags() & DNSKEYRecord.Flags.ZONE_KEY) == 0
          || (key.getFlags() & DNSKEYRecord.Flags.REVOKE) != 0) {
        throw unusable(where, "is not a zone key, or a revoked one");
      }
      // SHA-256 like most published DS records: the validator looks at the strongest digest only.
      DSRecord ds =
          new DSRecord(key.getName(), key.getDClass(), key.getTTL(), DNSSEC.Digest.SHA256, key);
      requireSupported(ds, where);
      return ds;
    }
    throw unusable(where, "is neither a DS nor a DNSKEY record of class IN");
  }

  private static Record record(String entry, String where) throws ConfigException {
    byte[] octets = entry.getBytes(StandardCharsets.ISO_8859_1);
    try (Master master = new Master(new ByteArrayInputStream(octets), null, 0)) {
      master.disableIncludes();
      master.expandGenerate(false);
      Record record = master.nextRecord();
      if (record == null || record.getDClass() != DClass.IN) {
        throw unusable(where, "is neither a DS nor a DNSKEY record of class IN");
      }
      return record;
    } catch (IOException | IllegalArgumentException e) {
      // The parser's own position is that within this entry.
      String reason = String.valueOf(e.getMessage()).replaceFirst("^<none>:[0-9]+: ", "");
      throw unusable(
          where, "is not a DS or DNSKEY record as zone files have it: " + Excerpt.of(reason));
    }
  }

  private static void requireSupported(DSRecord ds, String where) throws ConfigException {
    if (!isSupported(ds)) {
      throw unusable(
          where,
          "has algorithm %d and digest type %d; supported are algorithms 8, 10, 13, 14, 15, 16 and digest types 2, 4"
              .formatted(ds.getAlgorithm(), ds.getDigestID()));
    }
  }

  static boolean isSupported(DSRecord ds) {
    return supports(ds.getAlgorithm()) && DIGESTS.contains(ds.getDigestID());
  }

  /** Whether keys and signatures of a DNSSEC algorithm, by its number, can be relied on here. */
  public static boolean supports(int algorithm) {
    return ALGORITHMS.contains(algorithm);
  }

  private static ConfigException unusable(String where, String problem) {
    return new ConfigException(
        ErrorCode.TRUST_ANCHOR_UNUSABLE, "", "trust anchors: " + where + " " + problem);
  }

  /** The anchored zone that the name lies in, the closest one. */
  Optional<Name> covering(Name name) {
    for (Name zone = name; ; zone = new Name(zone, 1)) {
      if (byZone.containsKey(zone)) {
        return Optional.of(zone);
      }
      if (zone.equals(Name.root)) {
        return Optional.empty();
      }
    }
  }

  /** The DS records of one zone; empty if it is not anchored itself. */
  public List<DSRecord> of(Name zone) {
    return List.copyOf(byZone.getOrDefault(zone, List.of()));
  }

  /** Fresh copies, one set per zone. */
  List<RRset> sets() {
    return byZone.values().stream().map(ds -> new RRset(ds.toArray(Record[]::new))).toList();
  }

  /** The zones that are anchored. */
  @Override
  public String toString() {
    return "trust anchors for " + byZone.keySet();
  }
}
