// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;
import org.xbill.DNS.ZoneTransferException;
import org.xbill.DNS.ZoneTransferIn;

/** Octets on real sockets. The time-out only ends a test that would hang. */
@Timeout(60)
class NameServerTest {

  private static final int PATIENCE_MILLIS = 10_000;

  private final SignedZone zone = Zones.signed();
  private final AtomicReference<SignedZone> published = new AtomicReference<>(zone);
  private final NameServer server;

  NameServerTest() throws IOException {
    server = Zones.serve(published::get);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  @Test
  void udpAndTcp_sameQuestion_sameAnswer() throws IOException {
    Message query = Zones.dnssecQuery(Zones.under("_dive"), Type.TXT);
    SimpleResolver overUdp = resolver();
    SimpleResolver overTcp = resolver();
    overTcp.setTCP(true);

    List<Record> answer = overUdp.send(query).getSection(Section.ANSWER);

    assertEquals(2, answer.size());
    assertEquals(answer, overTcp.send(query).getSection(Section.ANSWER));
  }

  @Test
  void longText_overTheWire_everyCharacterString() throws IOException {
    Message response = resolver().send(Zones.query(Zones.under("key1._divekey"), Type.TXT));

    TXTRecord text = (TXTRecord) response.getSection(Section.ANSWER).get(0);
    assertEquals(List.of("v=1", "k".repeat(255), "tail"), text.getStrings());
  }

  @Test
  void udp_answerOverTheLimit_truncatedToHeaderAndQuestion() throws IOException {
    for (Message query :
        List.of(
            Zones.query(Zones.under("big"), Type.TXT),
            Zones.dnssecQuery(Zones.under("big"), Type.TXT))) {
      Message response = new Message(overUdp(query.toWire()));
      assertTrue(response.getHeader().getFlag(Flags.TC));
      assertEquals(query.getQuestion(), response.getQuestion());
      assertEquals(List.of(), response.getSection(Section.ANSWER));
      assertEquals(query.getOPT() != null, response.getOPT() != null);
    }
  }

  /** The limit is what the client offers, at least 512 and at most 1232 octets. */
  @ParameterizedTest(name = "{0} text octets, {1} offered")
  @CsvSource({
    "200, 0, false",
    "600, 0, true",
    "600, 400, true",
    "600, 512, true",
    "600, 800, false",
    "1100, 800, true",
    "1100, 1232, false",
    "1400, 4096, true"
  })
  void udp_sizeOffered_decidesTruncation(int octets, int offered, boolean truncated)
      throws IOException {
    List<Record> records = new ArrayList<>(Zones.records());
    String eighth = "\"" + "z".repeat(octets / 8) + "\" ";
    records.add(Zones.record("sized", "TXT", eighth.repeat(8)));
    published.set(zone.next(Zones.KEYS, Zones.SERIAL + 1, records, Zones.valid()));
    Message query = Zones.query(Zones.under("sized"), Type.TXT);
    if (offered > 0) {
      query.addRecord(new OPTRecord(offered, 0, 0), Section.ADDITIONAL);
    }

    Message response = new Message(overUdp(query.toWire()));

    assertEquals(truncated, response.getHeader().getFlag(Flags.TC));
  }

  @Test
  void udp_truncatedAnswer_wholeOverTcp() throws IOException {
    Message response = resolver().send(Zones.dnssecQuery(Zones.under("big"), Type.TXT));

    assertFalse(response.getHeader().getFlag(Flags.TC));
    assertEquals(13, response.getSection(Section.ANSWER).size());
  }

  @Test
  void tcp_severalQueriesAtOnce_answeredInOrder() throws IOException {
    try (Socket socket = connect()) {
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      List<Integer> ids = List.of(11, 22, 33);
      for (int id : ids) {
        Message query = Zones.query(Zones.under("www"), Type.A);
        query.getHeader().setID(id);
        writeFrame(out, query.toWire());
      }
      DataInputStream in = new DataInputStream(socket.getInputStream());
      List<Integer> answered = new ArrayList<>();
      for (int i = 0; i < ids.size(); i++) {
        answered.add(new Message(readFrame(in)).getHeader().getID());
      }
      assertEquals(ids, answered);
    }
  }

  @Test
  void tcp_idleOrSlowClient_cutOff() throws IOException {
    TcpListener.Limits hasty = new TcpListener.Limits(Duration.ofMillis(50), 4);
    try (NameServer impatient = NameServer.start(anyPort(), () -> zone, hasty);
        Socket idle = connect(impatient);
        Socket slow = connect(impatient)) {
      assertCutOff(idle, new byte[0]);
      assertCutOff(slow, new byte[] {0, 40, 1, 2, 3});
    }
  }

  @Test
  void tcp_moreConnectionsThanAllowed_longestWaitingMakesRoom() throws IOException {
    TcpListener.Limits two = new TcpListener.Limits(Duration.ofMinutes(5), 2);
    try (NameServer narrow = NameServer.start(anyPort(), () -> zone, two);
        Socket first = connect(narrow);
        Socket second = connect(narrow)) {
      exchange(first);
      exchange(second);
      try (Socket third = connect(narrow)) {
        exchange(third);
        assertCutOff(first, new byte[0]);
        exchange(second);
      }
    }
  }

  @Test
  void axfr_loopbackClient_wholeZoneWithSignatures() throws Exception {
    ZoneTransferIn transfer = transfer(Zones.APEX.toString());

    transfer.run();

    List<Record> received = new ArrayList<>(transfer.getAXFR());
    assertEquals(Type.SOA, received.get(0).getType());
    assertEquals(received.get(0), received.remove(received.size() - 1));
    Collections.sort(received);
    assertEquals(zone.records(), received);
  }

  @Test
  void axfr_zoneOfManyMessages_complete() throws Exception {
    List<Record> records = new ArrayList<>(Zones.records());
    for (int i = 0; i < 300; i++) {
      records.add(Zones.record("n" + i, "TXT", "\"" + "y".repeat(250) + "\""));
    }
    SignedZone large = zone.next(Zones.KEYS, Zones.SERIAL + 1, records, Zones.valid());
    assertTrue(ZoneTransfer.messages(large, Zones.query(Zones.APEX, Type.AXFR)).size() > 3);
    published.set(large);
    ZoneTransferIn transfer = transfer(Zones.APEX.toString());

    transfer.run();

    assertEquals(large.records().size() + 1, transfer.getAXFR().size());
  }

  @Test
  void axfr_anotherZone_notAuthoritative() {
    ZoneTransferIn transfer = transfer("example.org.");

    ZoneTransferException refused = assertThrows(ZoneTransferException.class, transfer::run);

    assertTrue(refused.toString().contains("NOTAUTH"), refused.toString());
  }

  @Test
  void axfr_overUdpOrFromElsewhere_refused() throws IOException {
    Message query = Zones.query(Zones.APEX, Type.AXFR);
    PacketHandler handler = new PacketHandler(() -> zone, Optional.empty(), Clock.systemUTC());
    InetAddress elsewhere = InetAddress.getByName("192.0.2.1");

    List<byte[]> refusal = handler.overTcp(query.toWire(), elsewhere);

    assertEquals(1, refusal.size());
    assertEquals(Rcode.REFUSED, new Message(refusal.get(0)).getRcode());
    assertEquals(Rcode.REFUSED, new Message(overUdp(query.toWire())).getRcode());
  }

  @Test
  void publish_nextVersion_servedAtOnce() throws IOException {
    List<Record> records = new ArrayList<>(Zones.records());
    records.add(Zones.record("new", "TXT", "here"));
    Message query = Zones.query(Zones.under("new"), Type.TXT);
    assertEquals(Rcode.NXDOMAIN, resolver().send(query).getRcode());

    published.set(zone.next(Zones.KEYS, Zones.SERIAL + 5, records, Zones.valid()));

    assertEquals(Rcode.NOERROR, resolver().send(query).getRcode());
    Message soa = resolver().send(Zones.query(Zones.APEX, Type.SOA));
    SOARecord served = (SOARecord) soa.getSection(Section.ANSWER).get(0);
    assertEquals(Zones.SERIAL + 5, served.getSerial());
  }

  @Test
  void start_portInUse_saysWhereAndWhatToDo() throws IOException {
    BindException refused =
        assertThrows(BindException.class, () -> NameServer.start(server.address(), () -> zone));

    String port = Integer.toString(server.address().getPort());
    assertTrue(String.valueOf(refused.getMessage()).contains(port), refused.getMessage());
    assertEquals(Rcode.NOERROR, resolver().send(Zones.query(Zones.APEX, Type.SOA)).getRcode());
  }

  @Test
  void start_udpPortInUse_refusedAndTcpPortFreeAgain() throws IOException {
    try (DatagramSocket taken = takenByUdpOnly()) {
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), taken.getLocalPort());

      assertThrows(BindException.class, () -> NameServer.start(address, () -> zone));

      try (ServerSocket free = new ServerSocket()) {
        free.bind(address);
        assertTrue(free.isBound());
      }
    }
  }

  @Test
  void close_withOpenConnection_endsItAndFreesThePort() throws IOException {
    try (Socket client = connect()) {
      exchange(client);

      server.close();
      server.close();

      assertEquals(-1, client.getInputStream().read());
    }
    try (NameServer again = NameServer.start(server.address(), () -> zone)) {
      assertEquals(server.address(), again.address());
    }
  }

  @Test
  void anyOctets_overUdpAndTcp_answeredOrDropped() throws IOException {
    PacketHandler handler = new PacketHandler(() -> zone, Optional.empty(), Clock.systemUTC());
    Random random = new Random(42);
    byte[] good = Zones.dnssecQuery(Zones.under("www"), Type.A).toWire();
    int answered = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] packet = i % 2 == 0 ? new byte[random.nextInt(600)] : good.clone();
      if (i % 2 == 0) {
        random.nextBytes(packet);
      } else {
        packet[random.nextInt(packet.length)] = (byte) random.nextInt();
      }
      answered += handler.overUdp(packet, InetAddress.getLoopbackAddress()).isPresent() ? 1 : 0;
      for (byte[] response : handler.overTcp(packet, InetAddress.getLoopbackAddress())) {
        assertTrue(new Message(response).getHeader().getFlag(Flags.QR));
      }
    }
    assertTrue(answered > 10_000, "most mutated queries still deserve an answer");
  }

  /** Few enough to fit the socket's buffer, so that no good query is lost among them. */
  @Test
  void malformedPackets_serverGoesOnAnswering() throws IOException {
    Random random = new Random(42);
    try (DatagramSocket socket = new DatagramSocket(anyPort())) {
      for (int size : new int[] {65_000, 0, 1, 11, 12, 13, 40, 512, 1232}) {
        byte[] packet = new byte[size];
        random.nextBytes(packet);
        socket.send(new DatagramPacket(packet, size, server.address()));
      }
    }
    for (byte[] frame : List.of(new byte[0], new byte[5], new byte[65_535])) {
      try (Socket socket = connect()) {
        writeFrame(new DataOutputStream(socket.getOutputStream()), frame);
      }
    }

    assertEquals(Rcode.NOERROR, resolver().send(Zones.query(Zones.APEX, Type.SOA)).getRcode());
    try (Socket socket = connect()) {
      exchange(socket);
    }
  }

  @Test
  void malformedQuestion_formatErrorWithItsId() throws IOException {
    byte[] query = Zones.query(Zones.under("www"), Type.A).toWire();
    query[0] = 0x12;
    query[1] = 0x34;
    query[Header.LENGTH] = (byte) 0xC0; // a name that points to itself
    query[Header.LENGTH + 1] = Header.LENGTH;

    Message response = new Message(overUdp(query));

    assertEquals(Rcode.FORMERR, response.getRcode());
    assertEquals(0x1234, response.getHeader().getID());
  }

  @Test
  void responsesAndStubs_leftUnanswered_otherOpcodesRefused() {
    PacketHandler handler = new PacketHandler(() -> zone, Optional.empty(), Clock.systemUTC());
    Message response = Zones.query(Zones.under("www"), Type.A);
    response.getHeader().setFlag(Flags.QR);
    Message update = Message.newUpdate(Zones.APEX);

    assertTrue(handler.overUdp(response.toWire(), InetAddress.getLoopbackAddress()).isEmpty());
    assertTrue(
        handler.overUdp(new byte[Header.LENGTH - 1], InetAddress.getLoopbackAddress()).isEmpty());
    byte[] refusal =
        handler.overUdp(update.toWire(), InetAddress.getLoopbackAddress()).orElseThrow();
    assertEquals(Header.LENGTH, refusal.length);
    assertEquals(Rcode.NOTIMP, refusal[3] & 0xF);
    assertEquals(Opcode.UPDATE, (refusal[2] >> 3) & 0xF);
    assertArrayEquals(new byte[8], Arrays.copyOfRange(refusal, 4, 12));
  }

  private SimpleResolver resolver() {
    SimpleResolver resolver = new SimpleResolver(server.address());
    resolver.setTimeout(Duration.ofMillis(PATIENCE_MILLIS));
    return resolver;
  }

  private ZoneTransferIn transfer(String apex) {
    return ZoneTransferIn.newAXFR(Zones.name(apex), server.address(), null);
  }

  private byte[] overUdp(byte[] query) throws IOException {
    try (DatagramSocket socket = new DatagramSocket(anyPort())) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.send(new DatagramPacket(query, query.length, server.address()));
      DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
      socket.receive(packet);
      return Arrays.copyOf(packet.getData(), packet.getLength());
    }
  }

  /** On a port that TCP had to itself a moment ago: the connections of others have ports too. */
  private static DatagramSocket takenByUdpOnly() throws IOException {
    try (ServerSocket tcp = new ServerSocket()) {
      tcp.bind(anyPort());
      return new DatagramSocket(tcp.getLocalSocketAddress());
    }
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private Socket connect() throws IOException {
    return connect(server);
  }

  private static Socket connect(NameServer server) throws IOException {
    InetSocketAddress address = server.address();
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  /** The server ends the connection; if that comes before the octets arrive, with a reset. */
  private static void assertCutOff(Socket socket, byte[] sent) throws IOException {
    try {
      socket.getOutputStream().write(sent);
      assertEquals(-1, socket.getInputStream().read());
    } catch (SocketException reset) {
      assertFalse(socket.isClosed(), "closed by the server, not here");
    }
  }

  private static void exchange(Socket socket) throws IOException {
    Message query = Zones.query(Zones.under("www"), Type.A);
    writeFrame(new DataOutputStream(socket.getOutputStream()), query.toWire());
    Message response = new Message(readFrame(new DataInputStream(socket.getInputStream())));
    assertEquals(query.getHeader().getID(), response.getHeader().getID());
    assertEquals(1, response.getSection(Section.ANSWER).size());
  }

  private static void writeFrame(DataOutputStream out, byte[] message) throws IOException {
    out.writeShort(message.length);
    out.write(message);
    out.flush();
  }

  private static byte[] readFrame(DataInputStream in) throws IOException {
    byte[] message = new byte[in.readUnsignedShort()];
    in.readFully(message);
    return message;
  }
}
