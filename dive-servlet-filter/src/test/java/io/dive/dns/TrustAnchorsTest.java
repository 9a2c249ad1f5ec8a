// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Name;

class TrustAnchorsTest {
  private static final String DS = "sandbox.dive.test. 300 IN DS 12 15 2 " + "ab".repeat(32);

  private final Path directory;

  TrustAnchorsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private TrustAnchors read(String text) throws Exception {
    return TrustAnchors.read(Files.writeString(directory.resolve("anchors"), text));
  }

  private static Optional<Name> covering(TrustAnchors anchors, String name) throws Exception {
    return anchors.covering(Name.fromString(name));
  }

  @Test
  void iana_coversEveryNameWithTwoKeys() throws Exception {
    assertEquals(Optional.of(Name.root), covering(TrustAnchors.iana(), "_dive.example.com."));
    assertEquals(2, TrustAnchors.iana().sets().get(0).size());
  }

  @Test
  void file_replacesTheRootByItsZones() throws Exception {
    TrustAnchors anchors =
        read("; the sandbox\n\n" + DS + " ; first\n" + DS.replace(" 12 ", " 13 ") + "\n");
    assertEquals(
        "sandbox.dive.test.", covering(anchors, "a.sandbox.dive.test.").orElseThrow().toString());
    assertTrue(covering(anchors, "dive.test.").isEmpty());
    assertEquals(2, anchors.sets().get(0).size());
  }

  @Test
  void recordOverSeveralLines_isRead() throws Exception {
    read(DS.replace("2 ab", "2 (\n ab").concat(" )\n"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "; only a comment\n",
        "sandbox.dive.test. IN TXT \"no key\"\n",
        "sandbox.dive.test. IN DS twelve\n",
        "sandbox IN DS 12 15 2 abababababababababababababababababababababababababababababababab\n",
        "$INCLUDE /etc/passwd\n",
        "sandbox.dive.test. IN DS 12 15 2 ( abab\n",
        "sandbox.dive.test. IN DS 12 7 2 abababababababababababababababababababababababababababababababab\n",
        "sandbox.dive.test. IN DS 12 8 1 abababababababababababababababababababab\n"
      })
  void unusableFile_isRefusedByName(String text) {
    ConfigException e = assertThrows(ConfigException.class, () -> read(text));
    assertEquals(ErrorCode.TRUST_ANCHOR_UNUSABLE, e.code());
    assertTrue(e.toString().contains(directory.resolve("anchors").toString()), e.toString());
  }

  @Test
  void brokenLine_isNamed() {
    ConfigException e =
        assertThrows(ConfigException.class, () -> read(DS + "\n\nsandbox.dive.test. IN DS x\n"));
    assertTrue(e.toString().contains("line 3"), e.toString());
  }

  @Test
  void absentFile_isRefused() {
    assertEquals(
        ErrorCode.TRUST_ANCHOR_UNUSABLE,
        assertThrows(ConfigException.class, () -> TrustAnchors.read(directory.resolve("nothing")))
            .code());
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1 port 53",
    "127.0.0.1:5300, 127.0.0.1 port 5300",
    "[::1]:5300, 0:0:0:0:0:0:0:1 port 5300",
    "::1, 0:0:0:0:0:0:0:1 port 53"
  })
  void upstream_isAnAddress(String text, String name) throws Exception {
    assertEquals(name, Upstream.parse("dns", text).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "localhost", "1.2.3", "1.2.3.4:0", "1.2.3.4:65536", "300.1.1.1"})
  void upstream_anythingElseIsRefused(String text) {
    ConfigException e = assertThrows(ConfigException.class, () -> Upstream.parse("dive.dns", text));
    assertEquals(ErrorCode.SETTING_INVALID, e.code());
    assertEquals("dive.dns", e.setting());
  }

  @Test
  void upstream_ofTheSystemHasAServer() throws Exception {
    assertTrue(Upstream.parse("dns", "system").servers().size() > 0);
  }

  @Test
  void upstream_ofAnAddress() {
    assertEquals("1.2.3.4 port 5", Upstream.of(new InetSocketAddress("1.2.3.4", 5)).toString());
  }
}
