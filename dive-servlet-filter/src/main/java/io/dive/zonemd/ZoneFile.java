// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import io.dive.dns.Deadline;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.IoFault;
import io.dive.protocol.ZoneException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** A zone file (RFC 1035 §5). {@code $INCLUDE} is refused, {@code $GENERATE} expanded. */
final class ZoneFile extends ZoneSource {
  private static final int BUFFER_OCTETS = 1 << 16;

  private final Path file;
  private final Optional<Name> zone;

  ZoneFile(Path file, Optional<Name> zone) {
    this.file = file;
    this.zone = zone;
  }

  @Override
  public Zone read(Deadline deadline) throws ZoneException {
    // A pipe would block when opened.
    if (!Files.isRegularFile(file)) {
      throw unreadable(
          Files.exists(file)
              ? "is not a regular file; name the file itself"
              : "does not exist; check the path",
          null);
    }
    Zone.Builder builder = new Zone.Builder(toString(), zone, maxOctets(), deadline);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER_OCTETS)) {
      ZoneFileReader reader = new ZoneFileReader(in, zone);
      for (Record record = next(reader); record != null; record = next(reader)) {
        builder.add(record);
      }
    } catch (IOException e) {
      throw unreadable(IoFault.reading(e), e);
    }
    return builder.build();
  }

  private @Nullable Record next(ZoneFileReader reader) throws ZoneException {
    try {
      return reader.next();
    } catch (IOException | RuntimeException e) { // dnsjava's parsers of single types throw anything
      throw unreadable("cannot be read as a zone file: " + Excerpt.of(problem(e)), e);
    }
  }

  private static String problem(Exception e) {
    String message = String.valueOf(e.getMessage());
    return message.startsWith("<none>:")
        ? "line " + message.substring("<none>:".length())
        : message;
  }

  private ZoneException unreadable(String problem, @Nullable Exception cause) {
    String message = this + " " + problem;
    return cause == null
        ? new ZoneException(ErrorCode.ZONE_UNREADABLE, message)
        : new ZoneException(ErrorCode.ZONE_UNREADABLE, message, cause);
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
