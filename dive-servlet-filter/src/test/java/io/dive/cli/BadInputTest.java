// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands say to input that is of no use: what, where, and what to do. */
@Timeout(120)
class BadInputTest {
  /** Nobody listens there. */
  private static final String DNS = "--dns 127.0.0.1:1 --timeout 1";

  private static final Pattern JAVA =
      Pattern.compile("Exception|java\\.(io|nio|net|lang|util)|<none>");

  private final Path directory;

  BadInputTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @BeforeEach
  void makeFiles() throws Exception {
    Files.createDirectory(directory.resolve("dir"));
    Files.writeString(directory.resolve("tree"), "a file\n");
    Console.runWell("keygen", "--out", directory.resolve("key.pem").toString());
    write("text", "hello\n".getBytes(StandardCharsets.US_ASCII));
    write("binary", new byte[] {(byte) 0xFF, (byte) 0xFE, (byte) 0x80, 'x', '\n'});
    write("empty", new byte[0]);
    Files.writeString(
        directory.resolve("settings"),
        """
        dive.hosts = www.site.test
        dive.key.1.id = k1
        dive.key.1.file = key.pem
        dive.rule.1.path = /**
        dive.rule.1.mode = stream
        """);
    Files.writeString(
        directory.resolve("wrong"),
        """
        dive.hosts = www.site.test
        dive.key.1.id = k1
        dive.key.1.file = absent.pem
        dive.rule.1.path = /**
        dive.rule.1.mode = static
        dive.rule.1.root = absent
        dive.dns.trust-anchor = dir
        dive.zone.name = site.test
        dive.zone.file = text/x
        """);
  }

  private void write(String name, byte[] content) throws Exception {
    Path file = Files.write(directory.resolve(name), content);
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
  }

  /** In a line, {@code @name} is a file of the test, {@code ''} the empty value. */
  private Console run(String line, String... more) {
    List<String> arguments =
        Arrays.stream((line.replace("DNS", DNS) + " " + String.join(" ", more)).strip().split(" "))
            .map(word -> word.replaceFirst("(^|=)@", "$1" + directory + "/"))
            .map(word -> word.replace("''", ""))
            .toList();
    return Console.run(arguments.toArray(String[]::new));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          bogus                                                    | 2 | 'bogus' | dive --help
          keygen                                                   | 2 | --out=FILE | dive keygen --help
          keygen --out ''                                          | 2 | --out | an empty name
          keygen --out @absent/key                                 | 1 | @absent/key cannot be written | create that first
          keygen --out @dir                                        | 1 | @dir exists already | name a new file
          keygen --out @text/key                                   | 1 | @text/key cannot be written | check the path
          keygen --out @new --nope                                 | 2 | '--nope' | dive keygen --help
          keygen --out @new extra                                  | 2 | 'extra' | dive keygen --help
          keygen --out @new --alg rsa                              | 2 | --alg | not "rsa"
          keygen --out @new --format pem                           | 2 | --format | not "pem"
          keygen --out @new --id ''                                | 2 | --id | Key ID
          keygen --out @new --encrypt --passphrase-file @absent    | 1 | @absent does not exist | check the path
          keygen --out @new --encrypt --passphrase-file @dir       | 1 | @dir is a directory | name the file
          keygen --out @new --encrypt --passphrase-file @empty     | 1 | @empty is empty | put it there
          keygen --out @new --encrypt --passphrase-file @binary    | 1 | @binary is not UTF-8 | save it as UTF-8
          records --host a.test --key k1=@absent                   | 1 | @absent does not exist | check the path
          records --host a.test --key k1=@dir                      | 1 | @dir is a directory | name the file
          records --host a.test --key k1=@text/key                 | 1 | @text/key cannot be read | check the path
          records --host a.test --key k1=@text                     | 1 | @text is neither PEM | convert
          records --host a.test --key k1=@binary                   | 1 | @binary is neither PEM | convert
          records --host a.test --key k1=@empty                    | 1 | @empty is empty | put the key there
          records --host a.test --key k1                           | 2 | --key | ID=FILE
          records --host a.test --key ''                           | 2 | --key | ID=FILE
          records --host a.test --key k1@b.test=@key.pem           | 2 | b.test is neither | parent
          records --host '' --key k1=@key.pem                      | 2 | --host | domain name
          records --host a..test --key k1=@key.pem                 | 2 | "a..test" | domain name
          records --host a.test --key k1=@key.pem --hash md5       | 2 | sha3-512, not "md5" | --hash
          records --host a.test --key k1=@key.pem --drafts 07      | 2 | --drafts | not "07"
          records --config ''                                      | 2 | --config | an empty name
          records --config @absent                                 | 2 | @absent: dive.config: it does not exist | allowed
          records --config @dir                                    | 2 | @dir: dive.config: it is a directory | allowed
          records --config @text/x                                 | 2 | @text/x: dive.config: it cannot be read | check the path
          records --config @binary                                 | 2 | @binary: dive.config: it is not UTF-8 | allowed
          records --config @text                                   | 2 | @text:1: hello: found a setting of an unknown name | allowed
          records --config @wrong                                  | 2 | root: found "absent"; nothing is found at that path | allowed
          records --config @wrong                                  | 2 | secret; nothing is found at that path | allowed
          records --config @wrong                                  | 2 | found "dir"; that is a directory | allowed
          records --config @wrong                                  | 2 | found "text/x"; nothing is found at that path | allowed
          sign                                                     | 2 | FILE | dive sign --help
          sign '' --key k1=@key.pem                                | 2 | FILE | an empty name
          sign @dir                                                | 2 | --config | --key
          sign @dir --key k1=@absent                               | 1 | @absent does not exist | check the path
          sign @dir --key k1=@key.pem --threads x                  | 2 | 'x' is no whole number | dive sign --help
          sign @dir --key k1=@key.pem --threads ''                 | 2 | '' is no whole number | dive sign --help
          check                                                    | 2 | --config | --host
          check --host a.test DNS --trust-anchor @absent           | 2 | @absent does not exist | DS or DNSKEY
          check --host a.test DNS --trust-anchor @dir              | 2 | @dir is not a regular file | name the file
          check --host a.test DNS --trust-anchor @text             | 2 | @text line 1 | DS or DNSKEY
          check --host a.test DNS --trust-anchor @empty            | 2 | @empty holds no DS | DNSKEY
          check --host a.test DNS --trust-anchor ''                | 2 | --trust-anchor | an empty name
          check --host a.test --dns tls://127.0.0.1 --dns-ca @absent | 2 | @absent does not exist | give PEM
          check --host a.test --dns tls://127.0.0.1 --dns-ca @dir    | 2 | @dir is not a regular file | give PEM
          check --host a.test --dns tls://127.0.0.1 --dns-ca @text   | 2 | @text is no file of certificates | give PEM
          check --host a.test --dns 127.0.0.1:99999                | 2 | "127.0.0.1:99999" | with an optional port
          check --host a.test --dns ''                             | 2 | --dns | with an optional port
          check --host a.test DNS --authorities ''                 | 2 | --authorities | IP address
          verify DNS http://a.test:99999/                          | 2 | port out of range | 65535
          verify DNS http://a.test:0/                              | 2 | port out of range | 65535
          verify DNS http://                                       | 2 | "http://" is no URL | authority
          verify DNS ''                                            | 2 | "" is no http or https URL | host
          verify DNS --connect 127.0.0.1:70000 http://a.test/      | 2 | --connect | not "127.0.0.1:70000"
          verify DNS --connect '' http://a.test/                   | 2 | --connect | not ""
          download DNS -o '' http://a.test/                        | 2 | --output | an empty name
          download DNS -o @dir http://a.test/                      | 2 | @dir is a directory | name a file
          download DNS -o @absent/x http://a.test/                 | 1 | @absent/x cannot be written: its directory does not exist | create
          download DNS -o @text/x http://a.test/                   | 1 | @text/x cannot be written | check the path
          zonemd verify @absent                                    | 1 | @absent does not exist | check the path
          zonemd verify @dir                                       | 1 | @dir is not a regular file | name the file
          zonemd verify ''                                         | 2 | FILE | an empty name
          zonemd verify @text --trust-anchor @absent               | 2 | @absent does not exist | DS or DNSKEY
          zonemd verify --axfr 127.0.0.1:1 --zone a.test --tsig @absent | 2 | @absent does not exist | tsig-keygen
          rotate --config @settings DNS --authorities 127.0.0.1:1 --state @absent/s | 1 | @absent/s cannot be written: its directory does not exist | create
          rotate --config @settings DNS --authorities 127.0.0.1:1 --state @text/s   | 1 | @text/s cannot be written | check the path
          rotate --config @settings DNS --authorities 127.0.0.1:1 --state @dir      | 1 | @dir cannot be used | directory
          rotate --config @settings DNS --authorities 127.0.0.1:1 --state ''        | 2 | --state | an empty name
          revoke --config @settings DNS --authorities 127.0.0.1:1 --state @absent/s --key k1 | 1 | @absent/s cannot be written: its directory does not exist | create
          """)
  void badInput_isOneSentenceOfWhatWhereAndWhatToDo(
      String line, int exitCode, String what, String whatToDo) throws Exception {
    Console console = run(line);
    assertEquals(exitCode, console.exitCode(), console::toString);
    assertEquals("", console.out());
    assertTrue(console.err().startsWith("dive: "), console::err);
    for (String part : List.of(what, whatToDo)) {
      String expected = part.replaceFirst("^@", directory + "/");
      assertTrue(console.err().contains(expected), () -> expected + " is not in " + console.err());
    }
    assertFalse(JAVA.matcher(console.err()).find(), console::err);
    assertFalse(run(line, "--json").json().getObject("error").getString("message").isEmpty());
  }

  /** Where the work is done as far as it goes, the result says what went wrong. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          sign @absent --key k1=@key.pem                           | @absent: does not exist; check the path
          sign @text/x --key k1=@key.pem                           | @text/x:
          check --host a.test DNS                                  | nothing listens there
          verify DNS http://a.test/                                | nothing listens there
          download DNS -o @new http://a.test/                      | nothing listens there
          """)
  void faults_areInTheResultInWords(String line, String words) {
    Console console = run(line);
    assertEquals(1, console.exitCode(), console::toString);
    String expected = words.replaceFirst("^@", directory + "/");
    assertTrue(console.out().contains(expected), console::toString);
    assertFalse(JAVA.matcher(console.out() + console.err()).find(), console::out);
    Console json = run(line, "--json");
    assertEquals(1, json.exitCode(), json::toString);
    assertFalse(JAVA.matcher(json.out() + json.err()).find(), json::out);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "verify",
        "verify ::",
        "verify www.site.test/a.txt",
        "verify ftp://www.site.test/a.txt",
        "verify file:///etc/hostname",
        "verify http:///a.txt",
        "verify --connect 127.0.0.1:80 https://www.site.test/",
        "verify --connect 127.0.0.1 http://www.site.test/",
        "verify --connect 127.0.0.1:0 http://www.site.test/",
        "verify --dns localhost http://www.site.test/",
        "verify --trust-anchor absent.txt http://www.site.test/",
        "verify --timeout 0 http://www.site.test/",
        "verify --timeout soon http://www.site.test/",
        "download http://www.site.test/",
        "check",
        "check --config absent.properties"
      })
  void wrongArguments_areUsageErrors(String line) throws Exception {
    Console console = Console.run(line.split(" ", -1));
    assertEquals(2, console.exitCode(), console::toString);
    assertEquals("", console.out());
    assertTrue(console.err().startsWith("dive: "), console::err);
    assertFalse(
        Console.run((line + " --json").split(" ", -1))
            .json()
            .getObject("error")
            .getString("message")
            .isEmpty());
  }
}
