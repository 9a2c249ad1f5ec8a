// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static io.dive.key.KeyFixture.assertContains;
import static io.dive.key.KeyFixture.file;
import static io.dive.key.KeyFixture.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PassphraseTest {
  private Path directory;

  @BeforeEach
  void makeDirectory(@TempDir Path temporary) {
    directory = temporary;
  }

  private String inFile(String content) throws IOException, KeyMaterialException {
    Path path = file(directory, "passphrase", content);
    return new String(PassphraseReader.read(new Passphrase.InFile(path), false));
  }

  @Test
  void file_firstLineOnly() throws Exception {
    assertEquals("swordfish", inFile("swordfish"));
    assertEquals("swordfish", inFile("swordfish\n"));
    assertEquals("swordfish", inFile("swordfish\r\nnot this"));
    assertEquals(" sword fish ", inFile(" sword fish \n\n"));
    assertEquals("grüße 鍵 🔑", inFile("grüße 鍵 🔑\n"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\r\nsecond"})
  void file_emptyFirstLine_missing(String content) {
    refused(ErrorCode.PASSPHRASE_MISSING, () -> inFile(content));
  }

  @Test
  void file_absent_missing() {
    Path absent = directory.resolve("absent");
    assertContains(
        absent.toString(),
        refused(
            ErrorCode.PASSPHRASE_MISSING,
            () -> PassphraseReader.read(new Passphrase.InFile(absent), false)));
  }

  @Test
  void file_notUtf8_wrong() throws Exception {
    Path path = file(directory, "passphrase", new byte[] {'a', (byte) 0xff, '\n'});
    refused(
        ErrorCode.PASSPHRASE_WRONG,
        () -> PassphraseReader.read(new Passphrase.InFile(path), false));
  }

  @Test
  void environment_setVariable_itsValue() throws Exception {
    assertEquals(
        System.getenv("PATH"),
        new String(PassphraseReader.read(new Passphrase.InEnvironment("PATH"), false)));
  }

  @Test
  void environment_unsetVariable_missingByName() {
    assertContains(
        "DIVE_NO_SUCH_VARIABLE",
        refused(
            ErrorCode.PASSPHRASE_MISSING,
            () ->
                PassphraseReader.read(
                    new Passphrase.InEnvironment("DIVE_NO_SUCH_VARIABLE"), false)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "correct horse", "1abc", "s3cret!", "a=b"})
  void environment_noName_refusedWithoutRepeatingIt(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new Passphrase.InEnvironment(text));
    assertFalse(!text.isEmpty() && String.valueOf(e.getMessage()).contains(text));
  }
}
