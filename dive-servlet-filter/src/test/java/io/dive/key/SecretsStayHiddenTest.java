// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static io.dive.key.KeyFixture.ed25519;
import static io.dive.key.KeyFixture.file;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.KeyId;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.SignatureAlgorithm;
import java.io.PrintWriter;
import java.io.Serializable;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Searches everything that people get to see for the seed and the passphrase. */
class SecretsStayHiddenTest {
  private static final String PASSPHRASE = "open-sesame-4711";
  private static final int WINDOW = 8;

  private Path directory;

  @BeforeEach
  void makeDirectory(@TempDir Path temporary) {
    directory = temporary;
  }

  /** Whether the text has 8 characters in a row of the seed in hex, base64 or PKCS#8 PEM. */
  private static boolean reveals(String text) {
    byte[] seed = KeyFixture.ED25519_SEED;
    String pkcs8 =
        Base64.getEncoder().encodeToString(Pkcs8.encode(SignatureAlgorithm.ED25519, seed));
    String hex = HexFormat.of().formatHex(seed);
    return List.of(
            hex,
            hex.toUpperCase(Locale.ROOT),
            Base64.getEncoder().encodeToString(seed),
            Base64.getUrlEncoder().encodeToString(seed),
            pkcs8.substring(22), // after the bytes that all keys share
            Arrays.toString(seed),
            PASSPHRASE)
        .stream()
        .anyMatch(secret -> revealsPart(text, secret));
  }

  private static boolean revealsPart(String text, String secret) {
    for (int i = 0; i + WINDOW <= secret.length(); i++) {
      if (text.contains(secret.substring(i, i + WINDOW))) {
        return true;
      }
    }
    return false;
  }

  @Test
  void theSearchFindsWhatItLooksFor() {
    byte[] seed = KeyFixture.ED25519_SEED;
    assertTrue(reveals("x" + HexFormat.of().formatHex(seed, 10, 20)));
    assertTrue(reveals("Illegal text: " + Base64.getEncoder().encodeToString(seed)));
    assertTrue(
        reveals(
            new String(
                PemBlock.encode("X", Pkcs8.encode(SignatureAlgorithm.ED25519, seed)),
                StandardCharsets.US_ASCII)));
    assertTrue(reveals("with " + PASSPHRASE));
    assertFalse(reveals(KeyFixture.ED25519_PUBLIC));
  }

  @Test
  void textForms_showThePublicHalfOnly() throws Exception {
    Path secretFile = file(directory, "passphrase", PASSPHRASE);
    Path path = file(directory, "key", Base64.getEncoder().encodeToString(KeyFixture.ED25519_SEED));
    SigningKey key = ed25519();
    KeyFile keyFile = KeyFile.of(path, new Passphrase.InFile(secretFile));
    byte[] pem =
        PemBlock.encode(
            "PRIVATE KEY", Pkcs8.encode(SignatureAlgorithm.ED25519, KeyFixture.ED25519_SEED));
    EddsaSigning signing =
        SignatureProvider.current().signing(SignatureAlgorithm.ED25519, key.seed());
    for (Object shown :
        List.of(
            key,
            key.signer(KeyReference.of(new KeyId("key1"))),
            keyFile,
            keyFile.read(),
            signing,
            PemBlock.only(path, pem))) {
      assertFalse(reveals(shown.toString()), shown.getClass().getName());
      assertFalse(shown instanceof Serializable, shown.getClass().getName());
    }
  }

  @Test
  void failuresAndLog_onDamagedFiles_revealNothing() throws Exception {
    CapturedLog log = new CapturedLog();
    int failures = 0;
    try (log) {
      Path secretFile = file(directory, "passphrase", PASSPHRASE + "\n");
      Passphrase secret = new Passphrase.InFile(secretFile);
      Path encrypted = directory.resolve("encrypted");
      KeyFile.of(directory.resolve("plain")).create(ed25519());
      KeyFile.of(encrypted, secret).create(ed25519());
      String base64 = Base64.getEncoder().encodeToString(KeyFixture.ED25519_SEED);
      failures += damaged(base64, secret);
      failures += damaged(Files.readString(directory.resolve("plain")), secret);
      Files.writeString(secretFile, PASSPHRASE + "!");
      failures += failure(KeyFile.of(encrypted, secret));
      Files.write(secretFile, (PASSPHRASE + "\u00ff").getBytes(StandardCharsets.ISO_8859_1));
      failures += failure(KeyFile.of(encrypted, secret));
    }
    assertTrue(failures > 150, failures + " failures");
    assertFalse(reveals(log.text()), "log");
  }

  /** Reads the text with each character in turn replaced, removed, doubled, and cut there. */
  private int damaged(String text, Passphrase secret) throws Exception {
    int failures = 0;
    for (int i = 0; i < text.length(); i++) {
      String head = text.substring(0, i);
      String tail = text.substring(i + 1);
      for (String changed :
          List.of(
              head + "*" + tail,
              head + "A" + tail,
              head + tail,
              head + text.substring(i - Math.min(i, 1)),
              head)) {
        failures += failure(KeyFile.of(file(directory, "damaged", changed), secret));
      }
    }
    return failures;
  }

  /** 1 if reading fails, after a look at the failure with all its causes. */
  private static int failure(KeyFile keyFile) {
    try {
      keyFile.read();
      return 0;
    } catch (KeyMaterialException e) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      assertFalse(reveals(trace.toString()), e.code().token());
      return 1;
    }
  }
}
