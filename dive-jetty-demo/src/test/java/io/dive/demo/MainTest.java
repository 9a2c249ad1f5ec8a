// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.verify.Verdict;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program in a process of its own: what it prints, how it ends. */
@Timeout(120)
class MainTest {
  private static final int SIGTERM_EXIT_CODE = 128 + 15;

  @TempDir private Path directory = Path.of("");

  @Test
  void sigterm_stopsCleanlyAfterOneLine() throws Exception {
    try (SandboxProcess sandbox = start()) {
      Assumptions.assumeTrue(
          sandbox.process().supportsNormalTermination(), "the system has no SIGTERM");
      Ready ready = Ready.parse(sandbox.line());
      assertInstanceOf(
          Verdict.Accepted.class, ready.client().verify(ready.url("/")).outcome().verdict());

      // Process.destroy would close our end of its output too.
      assertTrue(sandbox.process().toHandle().destroy());

      assertEquals(List.of(), sandbox.rest());
      assertEquals(SIGTERM_EXIT_CODE, sandbox.process().exitValue());
      assertEquals(List.of(), unexpected(sandbox));
      assertThrows(
          IOException.class,
          () -> new Socket(ready.http().getAddress(), ready.http().getPort()).close());
    }
  }

  @Test
  void httpPortTaken_saysSo() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      assertFails(1, "cannot listen for HTTP at .*" + port + ".*--port", "--port", port);
    }
  }

  @Test
  void dnsPortTakenOverUdp_saysSo() throws Exception {
    try (DatagramSocket taken = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      assertFails(
          1, "cannot listen for DNS at .*" + address + ".*another port.*", "--dns", address);
    }
  }

  @Test
  void addressOfAnotherMachine_saysSo() throws Exception {
    assertFails(1, "cannot listen for HTTP at .*192\\.0\\.2\\.1.*", "--bind", "192.0.2.1");
  }

  @Test
  void rootMissing_saysSo() throws Exception {
    String missing = directory.resolve("missing").toString();
    assertFails(1, "--root .*missing is not a directory", "--root", missing);
  }

  @Test
  void rootAroundThePrivateKeys_refused() throws Exception {
    assertFails(
        1, "--root .* contains the private keys in .*--data.*", "--root", directory.toString());
  }

  @Test
  void dataBelowAFile_saysSo() throws Exception {
    Files.writeString(directory.resolve("data"), "a file");
    assertFails(1, "--data .*data cannot be used .*: name a directory that is yours to write");
  }

  @Test
  void dataOfAnotherHost_saysSo() throws Exception {
    Sandbox.start(Ready.options(data(), "--host", "one.test")).close();

    assertFails(
        1, ".*data belongs to host one\\.test, not two\\.test: .*--data", "--host", "two.test");
  }

  @Test
  void hostThatIsNoName_refused() throws Exception {
    assertFails(2, "--host: .*bad host.*", "--host", "bad host");
  }

  @Test
  void hostTooLongForItsRecords_refused() throws Exception {
    String label = "a".repeat(60) + ".";
    assertFails(2, "--host: .*", "--host", label.repeat(4) + "test");
  }

  @Test
  void unknownOption_refused() throws Exception {
    assertFails(2, "Unknown option: '--prot'.*", "--prot");
  }

  @Test
  void portThatIsNone_refused() throws Exception {
    assertFails(2, "--port takes 0 to 65535.*", "--port", "65536");
  }

  @Test
  void resolverWithoutAddress_refused() throws Exception {
    assertFails(2, "--dns takes an IP address .*", "--dns", "localhost:5300");
  }

  private void assertFails(int exitCode, String sentence, String... options) throws Exception {
    try (SandboxProcess sandbox = start(options)) {
      List<String> printed = sandbox.rest();
      List<String> errors = unexpected(sandbox);

      assertEquals(List.of(), printed);
      assertEquals(exitCode, sandbox.process().exitValue(), errors.toString());
      assertEquals(1, errors.size(), errors.toString());
      assertTrue(
          errors.get(0).matches("(The sandbox cannot start: )?" + sentence + ".*"), errors.get(0));
    }
  }

  /** Lines on standard error that are neither of the log about what works, nor of its tables. */
  private static List<String> unexpected(SandboxProcess sandbox) {
    return sandbox.errors().stream()
        .filter(line -> !(line.isBlank() || line.startsWith("INFO ") || line.startsWith("OK ")))
        .toList();
  }

  private Path data() {
    return directory.resolve("data");
  }

  private SandboxProcess start(String... options) throws IOException {
    return SandboxProcess.start(directory, Main.class, Ready.onFreePorts(data(), options));
  }
}
