// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Answers one query after the other on loopback, over TCP, with whatever a test wants. */
public final class AxfrServer implements AutoCloseable {
  /** What is answered. */
  public interface Script {
    /** The messages in wire form; the connection is closed after them. */
    List<byte[]> answer(Message query, byte[] wire) throws IOException;
  }

  private final ServerSocket socket;
  private final boolean hangs;

  private AxfrServer(boolean hangs) throws IOException {
    this.socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    this.hangs = hangs;
  }

  /** A server that closes the connection after its answer. */
  public static AxfrServer start(Script script) throws IOException {
    return start(new AxfrServer(false), script);
  }

  /** A server that says no more after its answer, and keeps the connection. */
  public static AxfrServer startHanging(Script script) throws IOException {
    return start(new AxfrServer(true), script);
  }

  /** Serves the records of a zone file in the order of the file, few in each message. */
  public static AxfrServer serve(List<Record> records) throws IOException {
    return start((query, wire) -> transfer(query, records, 3));
  }

  private static AxfrServer start(AxfrServer server, Script script) {
    Thread thread = new Thread(() -> server.run(script), "axfr server");
    thread.setDaemon(true);
    thread.start();
    return server;
  }

  /** The messages of a transfer; the first record has to be the SOA record. */
  static List<byte[]> transfer(Message query, List<Record> records, int perMessage) {
    List<Record> sequence = new ArrayList<>(records);
    sequence.add(records.get(0));
    List<byte[]> messages = new ArrayList<>();
    for (int i = 0; i < sequence.size(); i += perMessage) {
      messages.add(
          message(query, sequence.subList(i, Math.min(sequence.size(), i + perMessage))).toWire());
    }
    return messages;
  }

  static Message message(Message query, List<Record> answers) {
    Message message = new Message(query.getHeader().getID());
    message.getHeader().setFlag(Flags.QR);
    message.getHeader().setFlag(Flags.AA);
    message.addRecord(query.getQuestion(), Section.QUESTION);
    answers.forEach(answer -> message.addRecord(answer, Section.ANSWER));
    return message;
  }

  private void run(Script script) {
    List<Socket> open = new ArrayList<>();
    try {
      while (true) {
        Socket connection = socket.accept();
        open.add(connection);
        try {
          answer(connection, script);
        } catch (IOException e) {
          // The client has heard enough.
        }
        if (!hangs) {
          connection.close();
        }
      }
    } catch (IOException e) {
      open.forEach(
          connection -> {
            try {
              connection.close();
            } catch (IOException ignored) {
              // It is closed.
            }
          });
    }
  }

  private static void answer(Socket connection, Script script) throws IOException {
    DataInputStream in = new DataInputStream(connection.getInputStream());
    byte[] wire = new byte[in.readUnsignedShort()];
    in.readFully(wire);
    DataOutputStream out = new DataOutputStream(connection.getOutputStream());
    for (byte[] message : script.answer(new Message(wire), wire)) {
      out.writeShort(message.length);
      out.write(message);
      out.flush();
    }
  }

  /** Its address as options write it. */
  public String address() {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
