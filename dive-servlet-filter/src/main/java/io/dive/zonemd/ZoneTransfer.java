// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import static java.util.Objects.requireNonNull;

import io.dive.dns.Deadline;
import io.dive.dns.TsigKey;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.ZoneException;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.Type;

/**
 * The transfer of a whole zone (AXFR, RFC 5936), with TSIG verified on the stream where a key is
 * given. dnsjava's own client takes messages with an error code unverified, and holds time loosely.
 */
final class ZoneTransfer extends ZoneSource {
  /** A key, and the clock its signatures go by. */
  record Secret(TsigKey key, Clock clock) {
    Secret {
      requireNonNull(key, "key");
      requireNonNull(clock, "clock");
    }
  }

  private final InetSocketAddress server;
  private final Name zone;
  private final Optional<Secret> secret;

  ZoneTransfer(InetSocketAddress server, Name zone, Optional<Secret> secret) {
    this.server = server;
    this.zone = zone;
    this.secret = secret;
  }

  @Override
  public Zone read(Deadline deadline) throws ZoneException {
    // A channel's socket, unlike any other, is closed when the thread is interrupted.
    try (Socket socket = SocketChannel.open().socket()) {
      socket.connect(server, millis(deadline));
      return new Session(socket, deadline).run();
    } catch (SocketTimeoutException e) {
      throw new ZoneException(
          ErrorCode.DNS_TIMEOUT, this + " did not end in time; allow it more", e);
    } catch (ConnectException e) {
      throw failed("could not connect; check address, port, and that it listens on TCP", e);
    } catch (EOFException e) {
      throw failed("the server closed the connection before the zone was complete", e);
    } catch (IOException e) {
      throw failed("the connection broke: " + e.getMessage(), e);
    }
  }

  private static int millis(Deadline deadline) throws SocketTimeoutException {
    long millis = deadline.remaining().toMillis();
    if (millis <= 0) {
      throw new SocketTimeoutException();
    }
    return (int) Math.min(millis, Integer.MAX_VALUE);
  }

  private ZoneException failed(String problem, @Nullable Exception cause) {
    String message = this + ": " + problem;
    return cause == null
        ? new ZoneException(ErrorCode.ZONE_TRANSFER_FAILED, message)
        : new ZoneException(ErrorCode.ZONE_TRANSFER_FAILED, message, cause);
  }

  /** One connection. */
  private final class Session {
    private final Socket socket;
    private final Deadline deadline;
    private final Message query;
    private final Zone.Builder builder;
    private Optional<TSIG.StreamVerifier> verifier = Optional.empty();
    private @Nullable SOARecord first;
    private boolean complete;

    Session(Socket socket, Deadline deadline) {
      this.socket = socket;
      this.deadline = deadline;
      this.query = Message.newQuery(Record.newRecord(zone, Type.AXFR, DClass.IN));
      this.query.getHeader().unsetFlag(Flags.RD);
      this.builder =
          new Zone.Builder(ZoneTransfer.this.toString(), Optional.of(zone), maxOctets(), deadline);
    }

    Zone run() throws IOException, ZoneException {
      send();
      while (!complete) {
        byte[] octets = receive();
        TransferMessage message;
        try {
          message = TransferMessage.parse(octets);
        } catch (IOException | RuntimeException e) { // its parsers of single types throw anything
          throw failed("a message cannot be read: " + e.getMessage(), e);
        }
        accept(message, octets);
      }
      return builder.build();
    }

    private void send() throws IOException {
      if (secret.isPresent()) {
        TSIG tsig = secret.orElseThrow().key().tsig(secret.orElseThrow().clock());
        tsig.apply(query, null);
        verifier = Optional.of(new TSIG.StreamVerifier(tsig, query.getTSIG()));
      }
      byte[] octets = query.toWire(Message.MAXLENGTH);
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      byte[] framed = new byte[octets.length + 2];
      framed[0] = (byte) (octets.length >> 8);
      framed[1] = (byte) octets.length;
      System.arraycopy(octets, 0, framed, 2, octets.length);
      out.write(framed);
      out.flush();
    }

    private byte[] receive() throws IOException {
      byte[] length = receive(2);
      return receive((length[0] & 0xFF) << 8 | (length[1] & 0xFF));
    }

    private byte[] receive(int length) throws IOException {
      InputStream in = socket.getInputStream();
      byte[] octets = new byte[length];
      int filled = 0;
      while (filled < length) {
        socket.setSoTimeout(millis(deadline));
        int count = in.read(octets, filled, length - filled);
        if (count < 0) {
          throw new EOFException();
        }
        filled += count;
      }
      return octets;
    }

    private void accept(TransferMessage parsed, byte[] octets) throws ZoneException {
      Message message = parsed.message();
      int rcode = message.getRcode();
      if (message.getHeader().getID() != query.getHeader().getID()
          || !message.getHeader().getFlag(Flags.QR)) {
        throw failed("an answer to another question came", null);
      }
      if (rcode != Rcode.NOERROR) {
        throw failed(refusal(rcode), null);
      }
      for (Record answer : parsed.answers()) {
        accept(answer);
      }
      authenticate(message, octets);
      if (parsed.answers().isEmpty()) {
        throw failed("a message without a record came", null);
      }
    }

    private String refusal(int rcode) {
      String remedy;
      if (rcode != Rcode.REFUSED && rcode != Rcode.NOTAUTH) {
        remedy = "; see its log";
      } else if (secret.isPresent()) {
        remedy =
            "; check that it has this key with the same secret, allows it to transfer the zone, and"
                + " that both clocks are right";
      } else {
        remedy = "; allow this machine to transfer the zone, or give the key that may";
      }
      return "the server refused with " + Rcode.string(rcode) + remedy;
    }

    private void authenticate(Message message, byte[] octets) throws ZoneException {
      if (verifier.isEmpty()) {
        return;
      }
      int error = verifier.orElseThrow().verify(message, octets, complete);
      if (error != Rcode.NOERROR) {
        throw failed(
            "the answer is not authentic by TSIG ("
                + Rcode.TSIGstring(error)
                + "); check the key's secret, both clocks, and what stands between",
            null);
      }
    }

    private void accept(Record record) throws ZoneException {
      if (complete) {
        throw failed("records follow after the end of the zone", null);
      }
      boolean isSoa = record.getType() == Type.SOA && record.getName().equals(zone);
      SOARecord begin = first;
      if (begin == null) {
        if (!isSoa) {
          throw failed("the answer does not begin with the zone's SOA record", null);
        }
        first = (SOARecord) record;
        builder.add(record);
      } else if (isSoa) {
        if (!begin.equals(record)) {
          throw failed("the zone changed during the transfer; try again", null);
        }
        complete = true;
      } else {
        builder.add(record);
      }
    }
  }

  @Override
  public String toString() {
    return "transfer of "
        + zone
        + " from "
        + server.getAddress().getHostAddress()
        + " port "
        + server.getPort();
  }
}
