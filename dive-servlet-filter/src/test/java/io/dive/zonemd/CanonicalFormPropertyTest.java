// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.StringWriter;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The compact form against a slow one that follows RFC 4034 §6 to the letter. */
class CanonicalFormPropertyTest {
  private static final Name APEX = Name.fromConstantString("eXample.");

  /** Labels over all octets, most of them from the few that are hard. */
  @Provide
  Arbitrary<byte[]> label() {
    return Arbitraries.oneOf(
            Arbitraries.of((byte) 0, (byte) 1, (byte) 2, (byte) 'A', (byte) 'a', (byte) 'Z'),
            Arbitraries.of((byte) '[', (byte) '.', (byte) '\\', (byte) -1, (byte) 7, (byte) '*'),
            Arbitraries.bytes())
        .array(byte[].class)
        .ofMinSize(1)
        .ofMaxSize(6);
  }

  @Provide
  Arbitrary<Name> name() {
    return label().list().ofMaxSize(4).map(CanonicalFormPropertyTest::name);
  }

  private static Name name(List<byte[]> labels) {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    for (byte[] label : labels) {
      wire.write(label.length);
      wire.writeBytes(label);
    }
    wire.writeBytes(APEX.toWire());
    try {
      return new Name(wire.toByteArray());
    } catch (java.io.IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Provide
  Arbitrary<Record> record() {
    Arbitrary<byte[]> rdata = Arbitraries.bytes().array(byte[].class).ofMaxSize(5);
    return Combinators.combine(name(), name(), rdata, Arbitraries.integers().between(0, 6))
        .as(
            (owner, other, octets, kind) ->
                switch (kind) {
                  case 0 -> new NSRecord(owner, DClass.IN, 300, other);
                  case 1 -> new MXRecord(owner, DClass.IN, 300, octets.length, other);
                  case 2 -> new NSECRecord(owner, DClass.IN, 300, other, new int[] {1, 2});
                  case 5 -> new CNAMERecord(owner, DClass.IN, 300, other);
                  case 6 ->
                      Record.newRecord(owner, Type.A, DClass.IN, 300, Arrays.copyOf(octets, 4));
                  case 3 -> Record.newRecord(owner, 65_534, DClass.IN, 300, octets);
                  default -> Record.newRecord(owner, 65_280, DClass.IN, 300, octets);
                });
  }

  private static List<Record> withSoa(List<Record> records) {
    List<Record> all = new ArrayList<>(records);
    all.add(records.size() / 2, new SOARecord(APEX, DClass.IN, 300, APEX, APEX, 1, 2, 3, 4, 5));
    return all;
  }

  /** Labels right to left, lower-case, as unsigned octets; then type; then RDATA (RFC 4034 §6). */
  private static int compare(Record a, Record b) {
    List<byte[]> left = labels(a.getName());
    List<byte[]> right = labels(b.getName());
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      int order = Arrays.compareUnsigned(left.get(i), right.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Comparator.<Record>comparingInt(r -> labels(r.getName()).size())
        .thenComparingInt(Record::getType)
        .thenComparing(CanonicalFormPropertyTest::rdata, Arrays::compareUnsigned)
        .compare(a, b);
  }

  private static List<byte[]> labels(Name name) {
    List<byte[]> labels = new ArrayList<>();
    for (int i = name.labels() - 1; i >= 0; i--) {
      byte[] label = name.getLabel(i);
      byte[] text = Arrays.copyOfRange(label, 1, label.length);
      for (int j = 0; j < text.length; j++) {
        text[j] = (byte) (text[j] >= 'A' && text[j] <= 'Z' ? text[j] + 32 : text[j]);
      }
      labels.add(text);
    }
    return labels;
  }

  private static byte[] rdata(Record record) {
    if (record.getType() == Type.NSEC) { // RFC 6840 §5.1
      byte[] wire = record.toWire(Section.ANSWER);
      return Arrays.copyOfRange(wire, record.getName().length() + 10, wire.length);
    }
    return record.rdataToWireCanonical();
  }

  private static byte[] canonical(Record record) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] rdata = rdata(record);
    out.writeBytes(record.getName().toWireCanonical());
    int type = record.getType();
    out.writeBytes(new byte[] {(byte) (type >> 8), (byte) type, 0, 1, 0, 0, 1, 44});
    out.writeBytes(new byte[] {(byte) (rdata.length >> 8), (byte) rdata.length});
    out.writeBytes(rdata);
    return out.toByteArray();
  }

  @Property
  void digest_isThatOfTheSlowForm(@ForAll("records") List<Record> records) throws Exception {
    List<Record> all = withSoa(records);
    TreeMap<Record, byte[]> sorted = new TreeMap<>(CanonicalFormPropertyTest::compare);
    all.forEach(record -> sorted.put(record, canonical(record)));
    MessageDigest slow = MessageDigest.getInstance("SHA-384");
    sorted.values().forEach(slow::update);
    byte[] expected = slow.digest();
    org.junit.jupiter.api.Assertions.assertArrayEquals(
        expected, ZoneDigest.of(all, ZoneHash.SHA_384).getDigest());
  }

  @Provide
  Arbitrary<List<Record>> records() {
    return record().list().ofMaxSize(12);
  }

  @Property
  void order_doesNotDependOnTheOrderRead(@ForAll("records") List<Record> records) throws Exception {
    List<Record> all = withSoa(records);
    List<Record> reversed = new ArrayList<>(all);
    java.util.Collections.reverse(reversed);
    org.junit.jupiter.api.Assertions.assertArrayEquals(
        ZoneDigest.of(all, ZoneHash.SHA_512).getDigest(),
        ZoneDigest.of(reversed, ZoneHash.SHA_512).getDigest());
  }

  @Property
  void record_comesBackAsItWasWritten(@ForAll("record") Record record) {
    byte[] apex = APEX.toWireCanonical();
    ZoneRecord compact = Objects.requireNonNull(ZoneRecord.of(record, apex));
    Record back = compact.toRecord(apex);
    if (compact.isSpelledOtherwise()) {
      org.junit.jupiter.api.Assertions.assertArrayEquals(
          record.toWire(Section.ANSWER), back.toWire(Section.ANSWER));
    } else {
      assertEquals(record, back);
    }
  }

  @Property
  void text_isThatOfDnsjava(@ForAll("records") List<Record> records) throws Exception {
    Zone zone = Zone.of(withSoa(records));
    StringWriter text = new StringWriter();
    ZoneText.write(zone, List.of(), text);
    List<String> expected = new ArrayList<>(List.of(zone.soa().toString()));
    for (int i = 0; i < zone.size(); i++) {
      Record record = zone.record(i).toRecord(zone.apexWire());
      if (record.getType() != Type.SOA) {
        expected.add(record.toString());
      }
    }
    assertEquals(
        expected.stream().map(line -> line.replaceAll("\t+", "\t")).toList(),
        text.toString().lines().map(line -> line.replaceAll("\t+", "\t")).toList());
  }

  @Property
  void namesOutOfTheZone_haveNoForm(@ForAll("label") byte[] label) throws Exception {
    byte[] joined = new byte[label.length + APEX.toWire().length - 1];
    System.arraycopy(label, 0, joined, 0, label.length);
    System.arraycopy(APEX.toWire(), 0, joined, label.length, joined.length - label.length);
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    wire.write(joined.length);
    wire.writeBytes(joined);
    wire.write(0);
    Map<String, Name> outside =
        Map.of("parent", Name.root, "same end", new Name(wire.toByteArray()));
    outside.forEach(
        (what, name) ->
            assertEquals(
                null, ZoneRecord.nameKey(name, APEX.toWireCanonical()) == null ? null : what));
  }
}
