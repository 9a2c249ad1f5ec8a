// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import io.dive.protocol.Bytes;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** An HTTP/1 connection that shows the bytes of the answers as they are. */
public final class Wire implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;

  /** One answer; {@code complete} is false if the connection ended before the body did. */
  public record Answer(
      int status,
      List<Map.Entry<String, String>> fields,
      Bytes content,
      List<Map.Entry<String, String>> trailers,
      boolean complete) {
    public byte[] body() {
      return content.toByteArray();
    }

    public Optional<String> field(String name) {
      return find(fields, name);
    }

    public Optional<String> trailer(String name) {
      return find(trailers, name);
    }

    private static Optional<String> find(List<Map.Entry<String, String>> fields, String name) {
      List<String> values =
          fields.stream()
              .filter(field -> field.getKey().equalsIgnoreCase(name))
              .map(Map.Entry::getValue)
              .toList();
      if (values.size() > 1) {
        throw new AssertionError(name + " has several lines: " + values);
      }
      return values.stream().findFirst();
    }

    public String text() {
      return new String(body(), StandardCharsets.ISO_8859_1);
    }
  }

  public Wire(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(30_000);
    in = new BufferedInputStream(socket.getInputStream());
  }

  public static Answer get(int port, String path) throws IOException {
    return once(port, "GET " + path + " HTTP/1.1", "");
  }

  /** One request on a connection of its own, which is closed afterwards. */
  public static Answer once(int port, String requestLine, String fields) throws IOException {
    try (Wire wire = new Wire(port)) {
      wire.send(requestLine, "Connection: close\r\n" + fields);
      return wire.receive(requestLine.startsWith("HEAD "));
    }
  }

  public void send(String requestLine, String fields) throws IOException {
    sendText(requestLine + "\r\nHost: localhost\r\n" + fields + "\r\n");
  }

  /** As it is, in one piece. */
  public void sendText(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  public void sendBody(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  public Answer receive(boolean head) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    Answer answer = receive(head, body);
    return new Answer(
        answer.status(),
        answer.fields(),
        Bytes.of(body.toByteArray()),
        answer.trailers(),
        answer.complete());
  }

  /** An answer without its content, which goes to the stream as it comes. */
  public Answer receive(boolean head, OutputStream body) throws IOException {
    String statusLine = line();
    int status = Integer.parseInt(statusLine.split(" ", 3)[1]);
    List<Map.Entry<String, String>> fields = fields();
    Answer answer = new Answer(status, fields, Bytes.of(new byte[0]), List.of(), true);
    if (head || status == 204 || status == 304) {
      return answer;
    }
    List<Map.Entry<String, String>> trailers = List.of();
    boolean complete = true;
    try {
      Optional<String> length = answer.field("Content-Length");
      if (answer.field("Transfer-Encoding").isPresent()) {
        if (length.isPresent()) {
          throw new AssertionError("Content-Length beside Transfer-Encoding");
        }
        trailers = chunked(body);
      } else if (length.isPresent()) {
        copy(Long.parseLong(length.orElseThrow()), body);
      } else {
        in.transferTo(body);
      }
    } catch (EOFException | java.net.SocketException e) {
      complete = false;
    }
    return new Answer(status, fields, Bytes.of(new byte[0]), trailers, complete);
  }

  private List<Map.Entry<String, String>> fields() throws IOException {
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      fields.add(Map.entry(line.substring(0, colon), line.substring(colon + 1).trim()));
    }
    return fields;
  }

  private List<Map.Entry<String, String>> chunked(OutputStream body) throws IOException {
    while (true) {
      int size = Integer.parseInt(line().toLowerCase(Locale.ROOT), 16);
      if (size == 0) {
        return fields();
      }
      copy(size, body);
      if (!line().isEmpty()) {
        throw new AssertionError("a chunk does not end with a line break");
      }
    }
  }

  private void copy(long count, OutputStream body) throws IOException {
    byte[] buffer = new byte[64 * 1024];
    long left = count;
    while (left > 0) {
      int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (read < 0) {
        throw new EOFException();
      }
      body.write(buffer, 0, read);
      left -= read;
    }
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException();
      }
      if (c != '\r') {
        line.write(c);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  /** Everything up to the end of the connection. */
  public String rest() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  /** Reads some bytes of the body and then nothing more. */
  public void readSome(int count) throws IOException {
    if (in.readNBytes(count).length < count) {
      throw new EOFException();
    }
  }

  /** The next bytes, head included, which stay to be received. */
  public byte[] peek(int count) throws IOException {
    in.mark(count);
    byte[] bytes = in.readNBytes(count);
    in.reset();
    return bytes;
  }

  /** Waits until that text has come, which stays to be received. */
  public void peekUntil(String text) throws IOException {
    int most = 8_192;
    in.mark(most);
    StringBuilder come = new StringBuilder();
    while (come.indexOf(text) < 0 && come.length() < most) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException(come.toString());
      }
      come.append((char) next);
    }
    in.reset();
  }

  /** Goes away as a client does that is killed: with a reset. */
  public void abort() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
