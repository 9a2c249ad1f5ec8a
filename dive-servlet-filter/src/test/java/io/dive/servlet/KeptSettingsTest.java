// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.grack.nanojson.JsonObject;
import io.dive.dns.SignedZone;
import io.dive.key.KeyFile;
import io.dive.key.SigningKey;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Settings that go on because those that should follow them cannot be used. */
class KeptSettingsTest extends ReloadSuite {
  @Test
  void badSettings_areRefusedOnceAndThoseBeforeGoOn() throws Exception {
    write(text("one", ""));
    int port = start(FilterContainer.JETTY);
    for (String bad : List.of("dive.hash = md5", "dive.key.1.fqdn = other.test")) {
      double before = reloads("refused");
      write(text("two", bad));
      lookTwice();
      lookTwice();
      assertEquals("one", signedBy(get(port, "/a.txt")));
      assertEquals("one", signedBy(get(port, "/generated")));
      assertEquals(before + 1, reloads("refused"), "told once");
      JsonObject data = settingsHealth(port);
      assertEquals("WARNING", data.getString("severity"));
      assertEquals(
          bad.contains("hash")
              ? ErrorCode.SETTING_INVALID.token()
              : ErrorCode.SETTINGS_CONTRADICT.token(),
          data.getString("code"));
      assertFalse(data.toString().contains(directory.toString()), "no paths");
      assertEquals(200, get(port, "/health/ready").status());
      write(text("one", ""));
      lookTwice();
      assertNull(settingsHealth(port).getString("code"), "what is at work is what is in the file");
    }
  }

  @Test
  void vanishedFile_keepsTheSettings_andItsReturnIsRead() throws Exception {
    write(text("one", ""));
    int port = start(FilterContainer.JETTY);
    Files.delete(file);
    lookTwice();
    assertEquals("one", signedBy(get(port, "/a.txt")));
    assertEquals(1, reloads("refused"));
    write(text("two", "dive.hash = sha512"));
    lookTwice();
    assertEquals("two", signedBy(get(port, "/a.txt")));
  }

  /** The settings' own bytes stay the same while what they name comes into being. */
  @Test
  void refusedSettings_areTriedAgain() throws Exception {
    write(text("one", ""));
    int port = start(FilterContainer.JETTY);
    Path missing = directory.resolve("later.pem");
    write(text("two", "dive.hash = sha512").replace("two.pem", "later.pem"));
    lookTwice();
    assertEquals("one", signedBy(get(port, "/a.txt")));
    new KeyFile(missing, Optional.empty(), false).create(two);
    filter.lookAtSettings();
    assertEquals("two", signedBy(get(port, "/a.txt")));
  }

  @Test
  void enforce_refusesSettingsThatDnsDoesNotConfirm_untilItDoes() throws Exception {
    try (SignedZone zone = SignedZone.serve("site.test")) {
      Path anchor = zone.writeAnchor(directory.resolve("anchor.txt"));
      String check =
          """
          dive.check = enforce
          dive.check.timeout = 60s
          dive.check.interval = 1d
          dive.dns.resolver = %s
          dive.dns.trust-anchor = %s
          """
              .formatted(zone.addressText(), anchor);
      zone.put("_dive." + HOST, "v=\"dive-draft-01\", scopes=(\"strict\")");
      zone.put("one._divekey." + HOST, record(one));
      write(text("one", "").replace("dive.check = off", check));
      int port = start(FilterContainer.JETTY);
      write(text("two", "dive.hash = sha512").replace("dive.check = off", check));
      lookTwice();
      assertEquals("one", signedBy(get(port, "/a.txt")));
      assertEquals(ErrorCode.SETTINGS_CONTRADICT.token(), settingsHealth(port).getString("code"));
      assertEquals(0, dnsErrors(), "of what is at work");
      assertEquals(200, get(port, "/health").status());
      zone.put("two._divekey." + HOST, record(two));
      filter.reload();
      assertEquals("two", signedBy(get(port, "/a.txt")));
      assertNull(settingsHealth(port).getString("code"));
      String warn = check.replace("enforce", "warn");
      write(text("one", "").replace("dive.check = off", warn));
      lookTwice();
      assertEquals("one", signedBy(get(port, "/a.txt")));
      assertEquals(200, get(port, "/health").status(), "never without a report");
    }
  }

  private double dnsErrors() {
    return meters
        .get("dive.check.findings")
        .tag("check", "dns")
        .tag("severity", "error")
        .gauge()
        .value();
  }

  private static String record(SigningKey key) {
    return new KeyRecord(key.publicKey(), Optional.empty(), 0).serialize();
  }
}
