// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.key.KeyFile;
import io.dive.key.Passphrase;
import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say how key files open; the passphrase itself is never an argument. */
final class PassphraseOptions {
  @Option(
      names = "--passphrase-file",
      paramLabel = "FILE",
      description = "File whose first line is the passphrase of the key file.")
  private @Nullable Path file;

  @Option(
      names = "--passphrase-env",
      paramLabel = "NAME",
      description = "Environment variable that holds the passphrase of the key file.")
  private @Nullable String variable;

  @Option(
      names = "--allow-exposed",
      description = "Accept files of keys and passphrases that group or others may read.")
  private boolean allowExposed;

  private Optional<Passphrase> passphrase() throws ConfigException {
    if (file != null && variable != null) {
      throw new ConfigException(
          ErrorCode.SETTINGS_CONTRADICT,
          "--passphrase-file",
          "give --passphrase-file or --passphrase-env, not both");
    }
    if (file != null) {
      return Optional.of(new Passphrase.InFile(file));
    }
    if (variable == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Passphrase.InEnvironment(variable));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          ErrorCode.SETTING_INVALID, "--passphrase-env", "--passphrase-env: " + e.getMessage());
    }
  }

  /** An existing key file. */
  KeyFile keyFile(Path path) throws ConfigException {
    return new KeyFile(path, passphrase(), allowExposed);
  }

  /** A key file to be made, encrypted or plain. */
  KeyFile newKeyFile(Path path, boolean encrypt) throws ConfigException {
    if (encrypt != passphrase().isPresent()) {
      throw new ConfigException(
          ErrorCode.SETTINGS_CONTRADICT,
          "--encrypt",
          encrypt
              ? "--encrypt needs --passphrase-file or --passphrase-env"
              : "a passphrase was named without --encrypt; the file would be plain");
    }
    return keyFile(path);
  }
}
