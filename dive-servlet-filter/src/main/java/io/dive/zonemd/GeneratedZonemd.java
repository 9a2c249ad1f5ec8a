// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import io.dive.protocol.Bytes;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.xbill.DNS.ZoneMDRecord;

/** ZONEMD records for a zone (RFC 8976 §3). Immutable. */
public final class GeneratedZonemd {
  /** What is left to do. */
  public enum State {
    /** Nothing: {@link #write} gives the zone with the records. */
    COMPLETE("complete"),
    /** The zone is signed: the records replace the old ones, and their RRset has to be signed. */
    TO_BE_SIGNED("to-be-signed"),
    /**
     * The zone was signed without a ZONEMD record, which its NSEC or NSEC3 records say: the records
     * are placeholders for the unsigned zone. When it has been signed with them, come again.
     */
    PLACEHOLDER("placeholder");

    private final String token;

    State(String token) {
      this.token = token;
    }

    /** Lower-case kebab name, stable over releases. */
    public String token() {
      return token;
    }
  }

  private final Zone zone;
  private final State state;
  private final List<String> records;

  private GeneratedZonemd(Zone zone, State state, List<ZoneMDRecord> records) {
    this.zone = zone;
    this.state = state;
    this.records =
        records.stream().map(record -> record.toString().replaceAll("\t+", " ")).toList();
  }

  /**
   * Computes the records.
   *
   * @param hashes one record for each, at least one
   */
  public static GeneratedZonemd of(Zone zone, Set<ZoneHash> hashes) {
    Set<ZoneHash> ordered = EnumSet.copyOf(hashes);
    if (zone.isSigned() && !ApexProof.listsZonemd(zone)) {
      return new GeneratedZonemd(
          zone,
          State.PLACEHOLDER,
          ordered.stream().map(hash -> ZoneDigest.placeholder(zone.soa(), hash)).toList());
    }
    Map<ZoneHash, Bytes> digests = ZoneDigest.of(zone, ordered);
    return new GeneratedZonemd(
        zone,
        zone.isSigned() ? State.TO_BE_SIGNED : State.COMPLETE,
        digests.entrySet().stream()
            .map(digest -> ZoneDigest.record(zone, digest.getKey(), digest.getValue()))
            .toList());
  }

  /** The zone they are for. */
  public ZoneResult.Facts zone() {
    return ZoneResult.Facts.of(zone);
  }

  /** What is left to do. */
  public State state() {
    return state;
  }

  /** The records as lines of a zone file, in the order of their algorithms' numbers. */
  public List<String> records() {
    return records;
  }

  /**
   * Writes the zone with the records in place of those it had: the SOA record, the ZONEMD records,
   * then all others in canonical order, absolute names, one record per line. Unless the state is
   * {@code COMPLETE}, the records alone.
   */
  public void write(Writer out) throws IOException {
    if (state == State.COMPLETE) {
      ZoneText.write(zone, records, out);
    } else {
      out.write(String.join("\n", records) + "\n");
      out.flush();
    }
  }

  /**
   * Writes the same to a file, which is replaced in one step when all is written. It keeps its
   * permissions.
   */
  public void write(Path file) throws IOException {
    Path target = file.toAbsolutePath();
    Path part = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
    try {
      // Not createTempFile: a new file is to have the permissions that the process gives its files.
      try (Writer out =
          Files.newBufferedWriter(
              part,
              StandardCharsets.US_ASCII,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.WRITE)) {
        if (Files.exists(target)
            && part.getFileSystem().supportedFileAttributeViews().contains("posix")) {
          Files.setPosixFilePermissions(part, Files.getPosixFilePermissions(target));
        }
        write(out);
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
