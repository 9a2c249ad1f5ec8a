// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** The file in which a zone's data outlive the server, without what signing adds (RFC 1035 §5). */
public record ZoneFile(Path path) {

  private static final String COMMENT =
      "; The zone without what signing adds, written anew at every change and read at the start.\n";

  /**
   * The records in the file; empty if there is none.
   *
   * @throws IOException if the file cannot be read or is malformed; the message says what to do
   */
  public Optional<List<Record>> read() throws IOException {
    byte[] text;
    try {
      text = Files.readAllBytes(path);
    } catch (NoSuchFileException absent) {
      return Optional.empty();
    }
    try {
      return Optional.of(parse(text));
    } catch (IOException e) {
      throw new IOException(
          path
              + " is no zone file ("
              + e.getMessage()
              + "): restore it, or remove it to start anew",
          e);
    }
  }

  /** Replaces the file in one step. */
  void write(Collection<Record> records) throws IOException {
    StringBuilder text = new StringBuilder(COMMENT);
    records.forEach(record -> text.append(record).append('\n'));
    OwnerOnlyFile.write(path, text.toString());
  }

  /**
   * The records of a zone file whose names are absolute.
   *
   * @throws IOException if it is malformed
   */
  public static List<Record> parse(String text) throws IOException {
    return parse(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static List<Record> parse(byte[] text) throws IOException {
    List<Record> records = new ArrayList<>();
    try (Master master = new Master(new ByteArrayInputStream(text), Name.root)) {
      master.disableIncludes();
      for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
        records.add(record);
      }
    }
    return records;
  }

  /** The same record with another time to live, in seconds. */
  public static Record withTtl(Record record, long ttl) {
    try {
      return Record.fromString(
          record.getName(),
          record.getType(),
          record.getDClass(),
          ttl,
          record.rdataToString(),
          Name.root);
    } catch (IOException e) {
      throw new IllegalStateException("dnsjava does not read what it writes: " + record, e);
    }
  }
}
