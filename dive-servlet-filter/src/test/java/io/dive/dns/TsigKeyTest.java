// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.Type;

/** Key files as {@code tsig-keygen} writes them, and everything that can be wrong with one. */
class TsigKeyTest {
  private static final String SECRET = "g6UerIGdP+6u8g3XMg/Mh17PFMMehjjOsg7HA/U/RMk=";
  private static final String STATEMENT =
      """
      key "update.example" {
      \talgorithm hmac-sha256;
      \tsecret "%s";
      };
      """
          .formatted(SECRET);

  private final Path directory;
  private final Path file;

  TsigKeyTest(@TempDir Path directory) {
    this.directory = directory;
    file = directory.resolve("tsig.key");
  }

  private TsigKey read(String text) throws IOException, ConfigException {
    Files.writeString(file, text);
    ownerOnly();
    return TsigKey.read(file);
  }

  private void ownerOnly() throws IOException {
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    }
  }

  private ConfigException refused(String text) {
    ConfigException e = assertThrows(ConfigException.class, () -> read(text));
    assertEquals(ErrorCode.TSIG_KEY_UNUSABLE, e.code());
    assertTrue(e.toString().contains(file.toString()), e.toString());
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      assertFalse(cause.toString().contains(SECRET.substring(0, 8)), "shows the secret");
    }
    return e;
  }

  @Test
  void statementOfTsigKeygen_isRead() throws Exception {
    TsigKey key = read(STATEMENT);
    assertEquals("update.example", key.name());
    assertEquals("hmac-sha256", key.algorithm());
    assertEquals("TSIG key update.example (hmac-sha256)", key.toString());
  }

  @ParameterizedTest
  @CsvSource({"hmac-sha224", "hmac-sha256", "hmac-sha384", "HMAC-SHA512"})
  void eachAlgorithm_signsWhatTheSameKeyVerifies(String algorithm) throws Exception {
    TsigKey key = read(STATEMENT.replace("hmac-sha256", algorithm));
    Message query = query();
    key.tsig(Clock.systemUTC()).apply(query, null);
    byte[] wire = query.toWire();
    TSIG independent =
        new TSIG(
            TSIG.algorithmToName(algorithm.toLowerCase(java.util.Locale.ROOT)),
            Name.fromString("update.example."),
            SECRET);
    assertEquals(Rcode.NOERROR, independent.verify(new Message(wire), wire, null));
  }

  @Test
  void anotherSecret_doesNotVerify() throws Exception {
    TsigKey key = read(STATEMENT.replace("g6Ue", "g6Uf"));
    Message query = query();
    key.tsig(Clock.systemUTC()).apply(query, null);
    byte[] wire = query.toWire();
    TSIG other = read(STATEMENT).tsig(Clock.systemUTC());
    assertEquals(Rcode.BADSIG, other.verify(new Message(wire), wire, null));
  }

  private static Message query() throws IOException {
    return Message.newQuery(Record.newRecord(Name.fromString("example."), Type.SOA, DClass.IN));
  }

  @Test
  void commentsQuotesAndOrder_areAsNamedConfAllows() throws Exception {
    TsigKey key =
        read(
            "# made today\n// by hand\n/* over\nlines */ key update.example. { secret \""
                + SECRET
                + "\"; algorithm \"hmac-sha384\"; };");
    assertEquals("update.example", key.name());
    assertEquals("hmac-sha384", key.algorithm());
  }

  @Test
  void unquotedSecret_isRead() throws Exception {
    assertEquals("update.example", read(STATEMENT.replace('"', ' ')).name());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nothing\n",
        "zone",
        "key",
        "key \"a\"",
        "key \"a\" {",
        "key \"\" { algorithm hmac-sha256; secret \"AAAA\"; };",
        "key \"a..b\" { algorithm hmac-sha256; secret \"AAAA\"; };",
        "key \"a\" { algorithm hmac-sha256; };",
        "key \"a\" { secret \"AAAA\"; };",
        "key \"a\" { algorithm hmac-sha256; secret \"AAAA\" };",
        "key \"a\" { algorithm hmac-sha256; secret \"AAAA\"; }",
        "key \"a\" { algorithm hmac-sha256; secret \"\"; };",
        "key \"a\" { algorithm hmac-sha256; secret \"A\"; };",
        "key \"a\" { algorithm hmac-sha256; secret \"AA!A\"; };",
        "key \"a\" { algorithm hmac-md5; secret \"AAAA\"; };",
        "key \"a\" { algorithm none; secret \"AAAA\"; };",
        "key \"a\" { algorithm hmac-sha256; algorithm hmac-sha256; secret \"AAAA\"; };",
        "key \"a\" { algorithm hmac-sha256; secret \"AAAA\"; }; key",
        "key \"a\" { algorithm hmac-sha256; secret \"AAAA",
        "/* key"
      })
  void anythingElse_isRefusedByName(String text) {
    refused(text);
  }

  @Test
  void brokenSecret_isNotShown() {
    refused(STATEMENT.replace("RMk=", "RMk!"));
    refused(STATEMENT.replace("secret \"", "secret "));
    refused(STATEMENT.replace("secret", "sekret"));
    refused(STATEMENT + STATEMENT);
  }

  @Test
  void problem_isNamedByLine() {
    assertTrue(refused(STATEMENT.replace("secret", "sekret")).toString().contains("line 3"));
    assertTrue(refused("\n\n" + STATEMENT + STATEMENT).toString().contains("line 7"));
  }

  @Test
  void fileThatEverybodyMayRead_isRefused() throws Exception {
    assumeTrue(
        file.getFileSystem().supportedFileAttributeViews().contains("posix"),
        "the file system has no permissions");
    Files.writeString(file, STATEMENT);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    ConfigException e = assertThrows(ConfigException.class, () -> TsigKey.read(file));
    assertEquals(ErrorCode.KEY_FILE_EXPOSED, e.code());
    assertTrue(e.toString().contains("chmod"), e.toString());
    assertNull(e.getCause());
  }

  @Test
  void whatIsNoFile_isRefused() {
    assertEquals(
        ErrorCode.TSIG_KEY_UNUSABLE,
        assertThrows(ConfigException.class, () -> TsigKey.read(file)).code());
    assertEquals(
        ErrorCode.TSIG_KEY_UNUSABLE,
        assertThrows(ConfigException.class, () -> TsigKey.read(directory)).code());
  }

  @Test
  void hugeFile_isRefused() {
    refused("#".repeat(70_000));
  }
}
