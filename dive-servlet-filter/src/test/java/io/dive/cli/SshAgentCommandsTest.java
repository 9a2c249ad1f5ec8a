// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import io.dive.key.KeyFile;
import io.dive.key.RunningSshAgent;
import io.dive.key.SigningKey;
import io.dive.protocol.SignatureAlgorithm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code keygen}, {@code records} and {@code sign} with a key that an ssh-agent holds. */
@Timeout(120)
class SshAgentCommandsTest {
  private final Path directory;
  private final Path files;
  private final Path key;
  private final Path config;

  SshAgentCommandsTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    this.files = Files.createDirectory(directory.resolve("files"));
    this.key = directory.resolve("rel2026");
    this.config =
        Files.writeString(
            directory.resolve("dive.properties"),
            """
            dive.hosts = example.com
            dive.key.1.id = rel2026
            dive.key.1.file = rel2026.pub
            dive.key.1.agent = a.sock
            dive.key.1.agent-timeout = 30s
            dive.rule.1.path = /**
            dive.rule.1.mode = sidecar
            dive.rule.1.root = files
            """);
    for (int i = 0; i < 50; i++) {
      Files.writeString(files.resolve("f" + i), "content " + i);
    }
  }

  private Console keygen(String... more) {
    String[] arguments =
        Stream.concat(
                Stream.of(
                    "keygen", "--format", "openssh", "--id", "rel2026", "--out", key.toString()),
                Stream.of(more))
            .toArray(String[]::new);
    return Console.run(arguments);
  }

  private String sidecars() throws IOException {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      all.append(Files.readString(files.resolve("f" + i + ".dive")));
    }
    return all.toString();
  }

  @Test
  void keygenOpenSsh_saysWhatToDoNext() throws Exception {
    Console console = keygen();
    assertEquals(0, console.exitCode(), console::err);
    assertTrue(console.out().contains("ssh-add " + key), console::out);
    assertTrue(console.out().contains("--key rel2026=" + key + ".pub"), console::out);
    assertTrue(Files.readString(key).startsWith("-----BEGIN OPENSSH PRIVATE KEY-----\n"));
    for (String line : Files.readAllLines(key)) {
      assertFalse(console.out().contains(line), "nothing of the private key");
    }
    // The public file and the private one lead to the same records.
    String pub =
        Console.runWell("records", "--host", "example.com", "--key", "rel2026=" + key + ".pub")
            .out();
    assertEquals(
        pub, Console.runWell("records", "--host", "example.com", "--key", "rel2026=" + key).out());
    assertEquals(pub, Console.runWell("records", "--config", config.toString()).out());
    Files.delete(key);
    assertEquals(1, keygen().exitCode(), "the public file is in the way");
    assertFalse(Files.exists(key));
    Files.delete(Path.of(key + ".pub"));
    JsonObject json = keygen("--json").json();
    assertEquals(key + ".pub", json.getString("public-file"));
  }

  @Test
  void keygenOpenSsh_contradictions_areUsageErrors() throws Exception {
    Path passphrase = Files.writeString(directory.resolve("p"), "secret\n");
    for (List<String> more :
        List.of(
            List.of("--alg", "ed448"),
            List.of("--encrypt", "--passphrase-file", passphrase.toString()),
            List.of("--passphrase-file", passphrase.toString()),
            List.of("--format", "pem"))) {
      Console console = keygen(more.toArray(String[]::new));
      assertEquals(2, console.exitCode(), more::toString);
      assertFalse(Files.exists(key) || Files.exists(Path.of(key + ".pub")), more::toString);
    }
  }

  @Test
  void sign_keyInTheAgent_sameSidecarsAsWithTheFile() throws Exception {
    RunningSshAgent.assumeInstalled();
    keygen();
    Console withFile = Console.run("sign", files.toString(), "--key", "rel2026=" + key);
    assertEquals(0, withFile.exitCode(), withFile::err);
    String expected = sidecars();
    try (RunningSshAgent agent = RunningSshAgent.start(directory.resolve("a.sock"))) {
      agent.add("-q", key);
      Files.move(key, directory.resolve("elsewhere"));
      Console withAgent =
          Console.run("sign", files.toString(), "--config", config.toString(), "--force");
      assertEquals(0, withAgent.exitCode(), withAgent::err);
      assertTrue(withAgent.out().contains("50 signed, 0 unchanged, 0 failed"), withAgent::out);
      assertEquals(expected, sidecars());
    }
  }

  @Test
  void sign_agentWithoutTheKey_failsAtOnceAndSaysWhatToDo() throws Exception {
    RunningSshAgent.assumeInstalled();
    keygen();
    Console absent = Console.run("sign", files.toString(), "--config", config.toString());
    assertEquals(1, absent.exitCode());
    assertTrue(absent.err().contains("ssh-agent -a " + directory.resolve("a.sock")), absent::err);
    try (RunningSshAgent agent = RunningSshAgent.start(directory.resolve("a.sock"))) {
      Console empty = Console.run("sign", files.toString(), "--config", config.toString());
      assertEquals(1, empty.exitCode());
      assertTrue(empty.err().contains("load the private key with ssh-add"), empty::err);
      assertTrue(agent.socket().toFile().exists());
    }
    assertFalse(Files.exists(files.resolve("f0.dive")));
  }

  @Test
  void privateKeyFileWithAnAgent_isRefused() throws Exception {
    KeyFile.of(key).create(SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom()));
    Files.move(key, directory.resolve("rel2026.pub"));
    Console console = Console.run("records", "--config", config.toString());
    assertEquals(1, console.exitCode());
    assertTrue(console.err().contains("rel2026.pub holds a private key"), console::err);
  }
}
