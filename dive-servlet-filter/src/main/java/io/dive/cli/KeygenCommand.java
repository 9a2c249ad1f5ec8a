// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static java.util.Objects.requireNonNull;

import io.dive.key.FreshKeyId;
import io.dive.key.KeyFile;
import io.dive.key.SigningKey;
import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.KeyReference;
import io.dive.protocol.SignatureAlgorithm;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes a signing key. */
@Command(
    name = "keygen",
    description = "Makes a signing key, in a new file that only you can read.",
    mixinStandardHelpOptions = true,
    versionProvider = DiveCommand.Version.class)
final class KeygenCommand implements Callable<Integer> {
  @Option(names = "--out", paramLabel = "FILE", required = true, description = "File to create.")
  private @Nullable Path out;

  @Option(
      names = "--id",
      paramLabel = "ID[@DOMAIN]",
      description = "Key ID, best in small letters (default: key and today's date).")
  private @Nullable String id;

  @Option(
      names = "--alg",
      paramLabel = "ed25519|ed448",
      defaultValue = "ed25519",
      description = "Signature algorithm (default: ${DEFAULT-VALUE}).")
  private String algorithm = "ed25519";

  @Option(
      names = "--format",
      paramLabel = "pkcs8|openssh",
      defaultValue = "pkcs8",
      description =
          "Format of the file (default: ${DEFAULT-VALUE}); openssh is for ssh-add, and FILE.pub"
              + " gets the public key.")
  private String format = "pkcs8";

  @Option(
      names = "--encrypt",
      description = "Encrypt the file; needs --passphrase-file or --passphrase-env.")
  private boolean encrypt;

  @Mixin private PassphraseOptions passphrase = new PassphraseOptions();
  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws DiveException {
    Path file = requireNonNull(out, "required");
    SignatureAlgorithm chosen =
        SignatureAlgorithm.fromDraftName(algorithm)
            .orElseThrow(
                () ->
                    new ConfigException(
                        ErrorCode.SETTING_INVALID,
                        "--alg",
                        "--alg is ed25519 or ed448, not \"" + Excerpt.of(algorithm) + "\""));
    KeyReference reference =
        id == null
            ? KeyReference.of(FreshKeyId.suggest(Clock.systemUTC(), List.of()))
            : KeyOptions.reference("--id", id);
    boolean openSsh = isOpenSsh(chosen);
    SigningKey key = SigningKey.generate(chosen, new SecureRandom());
    KeyFile created = passphrase.newKeyFile(file, encrypt);
    if (openSsh) {
      created.createOpenSsh(key, "dive " + reference);
    } else {
      created.create(key);
    }
    print(reference, key, created, openSsh);
    return CommandLine.ExitCode.OK;
  }

  private boolean isOpenSsh(SignatureAlgorithm chosen) throws ConfigException {
    if (!format.equals("pkcs8") && !format.equals("openssh")) {
      throw new ConfigException(
          ErrorCode.SETTING_INVALID,
          "--format",
          "--format is pkcs8 or openssh, not \"" + Excerpt.of(format) + "\"");
    }
    boolean openSsh = format.equals("openssh");
    if (openSsh && chosen != SignatureAlgorithm.ED25519) {
      throw new ConfigException(
          ErrorCode.SETTINGS_CONTRADICT, "--format", "OpenSSH has ed25519, not " + chosen);
    }
    if (openSsh && encrypt) {
      throw new ConfigException(
          ErrorCode.SETTINGS_CONTRADICT,
          "--encrypt",
          "--encrypt does not go with --format openssh; ssh-keygen -p -f FILE sets a passphrase");
    }
    return openSsh;
  }

  private void print(KeyReference reference, SigningKey key, KeyFile file, boolean openSsh) {
    String algorithmName = key.publicKey().algorithm().draftName();
    String publicKey = key.publicKey().bytes().toBase64();
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("id", reference.serialize());
    object.put("algorithm", algorithmName);
    object.put("file", file.path().toString());
    if (openSsh) {
      object.put("public-file", file.publicFile().toString());
    }
    object.put("public-key", publicKey);
    output.print(
        object,
        """
        Key ID       %1$s
        algorithm    %2$s
        private key  %3$s
        public key   %4$s

        Next: %6$sthe records to publish are printed by
          dive records --host HOST --key %1$s=%5$s"""
            .formatted(
                reference,
                algorithmName,
                file.path(),
                publicKey,
                openSsh ? file.publicFile() : file.path(),
                openSsh ? "load it into the agent with ssh-add " + file.path() + "; " : ""));
  }
}
