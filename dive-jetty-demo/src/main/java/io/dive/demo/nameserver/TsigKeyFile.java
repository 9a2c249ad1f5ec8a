// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import io.dive.dns.TsigKey;
import io.dive.protocol.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;

/** The file with the key that updates are signed with, in the form {@code tsig-keygen} writes. */
public record TsigKeyFile(Path path) {

  private static final int SECRET_OCTETS = 32; // the length of the hash (RFC 8945 §8)

  /**
   * Reads the key, or makes and stores one if the file does not exist.
   *
   * @param name the key's name, if it is made
   * @throws IOException if the file cannot be written
   * @throws ConfigException if it is no key file, or others may read it
   */
  public TsigKey readOrCreate(String name) throws IOException, ConfigException {
    if (!Files.exists(path)) {
      byte[] secret = new byte[SECRET_OCTETS];
      new SecureRandom().nextBytes(secret);
      OwnerOnlyFile.write(
          path,
          """
          key "%s" {
          \talgorithm hmac-sha256;
          \tsecret "%s";
          };
          """
              .formatted(name, Base64.getEncoder().encodeToString(secret)));
    }
    return TsigKey.read(path);
  }
}
