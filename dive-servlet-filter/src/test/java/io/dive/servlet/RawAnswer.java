// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What came over the socket.
 *
 * @param fields as {@code name: value}, names in lower case
 * @param body one character for each byte
 */
record RawAnswer(int status, List<String> fields, String body) {
  private static final int TIMEOUT_MILLIS = 60_000;

  /** Sends a request of the given lines; the end of the head and {@code Connection} are added. */
  static RawAnswer to(int port, String... lines) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      String head = String.join("\r\n", lines) + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      socket.getInputStream().transferTo(all);
      return parse(all.toString(StandardCharsets.ISO_8859_1));
    }
  }

  private static RawAnswer parse(String text) {
    int end = text.indexOf("\r\n\r\n");
    String[] head = text.substring(0, end).split("\r\n", -1);
    List<String> fields = new ArrayList<>();
    for (int i = 1; i < head.length; i++) {
      int colon = head[i].indexOf(':');
      fields.add(
          head[i].substring(0, colon).toLowerCase(Locale.ROOT)
              + ": "
              + head[i].substring(colon + 1).strip());
    }
    RawAnswer answer =
        new RawAnswer(
            Integer.parseInt(head[0].split(" ", -1)[1]),
            List.copyOf(fields),
            text.substring(end + 4));
    return answer.values("transfer-encoding").contains("chunked")
        ? new RawAnswer(answer.status, answer.fields, unchunk(answer.body))
        : answer;
  }

  private static String unchunk(String chunked) {
    StringBuilder body = new StringBuilder();
    int at = 0;
    while (at < chunked.length()) {
      int line = chunked.indexOf("\r\n", at);
      int size = Integer.parseInt(chunked.substring(at, line), 16);
      body.append(chunked, line + 2, line + 2 + size);
      at = line + 2 + size + 2;
      if (size == 0) {
        break;
      }
    }
    return body.toString();
  }

  /** The values of a field, in order. */
  List<String> values(String name) {
    String start = name.toLowerCase(Locale.ROOT) + ": ";
    return fields.stream()
        .filter(f -> f.startsWith(start))
        .map(f -> f.substring(start.length()))
        .toList();
  }

  /** The value of a field that stands on exactly one line. */
  String value(String name) {
    List<String> values = values(name);
    if (values.size() != 1) {
      throw new AssertionError(values.size() + " lines of " + name + " in " + fields);
    }
    return values.get(0);
  }

  /** The bytes of the body. */
  byte[] bytes() {
    return body.getBytes(StandardCharsets.ISO_8859_1);
  }
}
