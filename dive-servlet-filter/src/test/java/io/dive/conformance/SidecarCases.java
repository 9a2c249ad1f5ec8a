// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.dive.conformance.Wire.Answer;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Mode sidecar: files with signatures made beforehand. */
class SidecarCases extends ServedFiles {
  private void sidecars(String... lines) throws Exception {
    settings(
        Stream.concat(Stream.of("dive.rule.20.mode = sidecar"), Arrays.stream(lines))
            .toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, SMALL, MIDDLE, LARGE})
  void aFileWithASidecar_isSignedOverTheBytesReceived(int length) throws Exception {
    String path = file("a.bin", bytes(length));
    sign("a.bin");
    sidecars();
    assertSigned(get(path), bytes(length));
    assertSigned(get(path), bytes(length));
    Answer head = request("HEAD " + path + " HTTP/1.1");
    assertEquals(0, head.body().length);
    assertFieldsOf(head::field, bytes(length));
    eventually(() -> counted().equals(Map.of("sidecar/signed", 3)));
  }

  @Test
  void aFileWithoutASidecar_isUnsigned() throws Exception {
    String path = file("a.bin", bytes(LARGE));
    sidecars();
    assertUnsigned(get(path), 200, bytes(LARGE));
  }

  @Test
  void aFileWithoutASidecar_isSignedByTheNextMode() throws Exception {
    String path = file("a.bin", bytes(LARGE));
    settings("dive.rule.20.mode = sidecar, static");
    assertSigned(get(path), bytes(LARGE));
    eventually(() -> counted().equals(Map.of("static/signed", 1)));
  }

  @Test
  void aBrokenSidecar_leavesTheFileUnsignedWhateverTheNextMode() throws Exception {
    String path = file("a.bin", bytes(LARGE));
    file("a.bin.dive", ascii("broken"));
    settings("dive.rule.20.mode = sidecar, static");
    assertUnsigned(get(path), 200, bytes(LARGE));
    eventually(() -> counted().equals(Map.of("sidecar/unusable-sidecar", 1)));
  }

  private String staleFile(int length) throws Exception {
    String path = file("a.bin", bytes(length));
    sign("a.bin");
    Files.write(directory.resolve("a.bin"), new byte[] {1}, StandardOpenOption.APPEND);
    return path;
  }

  private static byte[] stale(int length) {
    byte[] body = Arrays.copyOf(bytes(length), length + 1);
    body[length] = 1;
    return body;
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void aStaleFile_isUnsignedWhateverTheNextMode(int length) throws Exception {
    String path = staleFile(length);
    settings("dive.rule.20.mode = sidecar, static");
    assertUnsigned(get(path), 200, stale(length));
    eventually(() -> counted().equals(Map.of("sidecar/stale", 1)));
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void aStaleFile_isServedWithWhatIsStoredWhereConfigured(int length) throws Exception {
    String path = staleFile(length);
    sidecars("dive.stale = serve");
    Answer answer = get(path);
    assertEquals(200, answer.status());
    assertArrayEquals(stale(length), answer.body());
    assertFieldsOf(answer::field, bytes(length));
    eventually(() -> counted().equals(Map.of("sidecar/stale", 1)));
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void aStaleFile_isRefusedWhereConfigured(int length) throws Exception {
    String path = staleFile(length);
    sidecars("dive.stale = fail");
    Answer answer = get(path);
    assertEquals(503, answer.status());
    assertNoFields(answer);
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void otherBytesOfTheSameLength_areUnsignedWhereComparedFirst(int length) throws Exception {
    byte[] body = bytes(length);
    String path = file("a.bin", body);
    sign("a.bin");
    body[0]++;
    Files.write(directory.resolve("a.bin"), body);
    sidecars("dive.sidecar.verify = first");
    assertUnsigned(get(path), 200, body);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a.txt.dive",
        "/a.txt.dive;x",
        "/a.txt%2edive",
        "/a.txt.%64ive",
        "/a.txt.DIVE",
        "/./a.txt.dive",
        "/../files/@/a.txt.dive"
      })
  void aSidecarFile_isHidden(String name) throws Exception {
    file("a.txt", bytes(SMALL));
    sign("a.txt");
    byte[] sidecar = Files.readAllBytes(directory.resolve("a.txt.dive"));
    String path = url + name.replace("@", directory.getFileName().toString());
    sidecars();
    Answer answer = get(path);
    assertEquals(answer.status() == 400 ? 400 : 404, answer.status());
    assertEquals(-1, answer.text().indexOf("dive-sidecar"));
    assertNoFields(answer);
    sidecars("dive.sidecar.serve = true");
    assertUnsigned(get(url + "/a.txt.dive"), 200, sidecar);
  }

  @Test
  void aSidecarFile_isHiddenFromAnotherHostToo() throws Exception {
    file("a.txt", bytes(SMALL));
    sign("a.txt");
    sidecars();
    try (Wire wire = new Wire(port())) {
      wire.sendText("GET " + url + "/a.txt.dive HTTP/1.1\r\nHost: other.example\r\n\r\n");
      assertEquals(404, wire.receive(false).status());
    }
  }
}
