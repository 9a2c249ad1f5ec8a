// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.SignatureAlgorithm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Whatever bytes a key file has, there is a key or a {@link KeyMaterialException}. */
class KeyFilePropertyTest {
  private static final Path ANYWHERE = Path.of("key.pem");
  private static final Set<ErrorCode> DAMAGED =
      EnumSet.of(
          ErrorCode.KEY_FORMAT_UNKNOWN, ErrorCode.KEY_PAIR_MISMATCH, ErrorCode.PASSPHRASE_WRONG);

  /** A call that may refuse. */
  private interface Reading {
    void run() throws KeyMaterialException;
  }

  private static void valueOrRefusal(Reading reading) {
    try {
      reading.run();
    } catch (KeyMaterialException e) {
      assertTrue(DAMAGED.contains(e.code()), e.getMessage());
    }
  }

  @Property(tries = 300)
  void anyBytes(@ForAll @Size(max = 200) byte[] content) throws IOException {
    Path path = Files.createTempFile("dive-key", ".any"); // made with mode 600
    try {
      Files.write(path, content);
      valueOrRefusal(() -> KeyFile.of(path).read());
      valueOrRefusal(() -> new PublicKeyFile(path).read());
    } finally {
      Files.delete(path);
    }
  }

  @Property(tries = 2000)
  void anyDer(@ForAll @Size(max = 200) byte[] der) {
    valueOrRefusal(() -> Pkcs8.decode(ANYWHERE, der));
    valueOrRefusal(() -> Pkcs8.decrypt(ANYWHERE, der, new char[] {'x'}));
  }

  @Property(tries = 2000)
  void plainKeyWithOneByteChanged(@ForAll @IntRange(max = 113) int at, @ForAll byte value)
      throws IOException {
    // RFC 8410 section 10.3, second example: version 2 with attributes and the public half.
    byte[] der =
        HexFormat.of()
            .parseHex(
                "3072020101300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fb"
                    + "e097a88f44755842a01f301d060a2a864886f70d01090914310f0c0d437572646c65204368"
                    + "6169727381210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad7031"
                    + "66e1");
    assertEquals(116, der.length);
    der[at] = value;
    valueOrRefusal(() -> Pkcs8.decode(ANYWHERE, der));
  }

  @Property(tries = 2000)
  void encryptedKeyWithOneByteChanged(@ForAll @IntRange(max = 157) int at, @ForAll byte value) {
    // Written by openssl genpkey -algorithm ed25519 -aes256 -pass pass:abc
    byte[] der =
        Base64.getMimeDecoder()
            .decode(
                """
                MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjygx71ZX7DfQICCAAw
                DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJeZmJpx2HlIaX0XYqhcvyoEQGde
                n8125a6F4sQSIV/5xwVQyneNH4z9j4ZUJGSa0HPM9MKf3+Sfx1UHlo2V74TQuusL
                Qi+sZpDQiMxEqePBpsk=
                """);
    der[at] = value;
    valueOrRefusal(() -> Pkcs8.decrypt(ANYWHERE, der, "abc".toCharArray()));
  }

  @Property(tries = 200)
  void everySeed_survivesItsEncoding(@ForAll @Size(57) byte[] seed) throws Exception {
    SigningKey ed448 = Pkcs8.decode(ANYWHERE, Pkcs8.encode(SignatureAlgorithm.ED448, seed));
    assertEquals(HexFormat.of().formatHex(seed), HexFormat.of().formatHex(ed448.seed()));
  }
}
