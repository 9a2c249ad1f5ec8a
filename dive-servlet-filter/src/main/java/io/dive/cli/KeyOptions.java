// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.check.CheckPlan;
import io.dive.key.PublicKeyFile;
import io.dive.key.Signer;
import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.RawPublicKey;
import io.dive.sign.SignedBody;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that name keys. */
final class KeyOptions {
  @Option(
      names = "--key",
      paramLabel = "ID[@DOMAIN]=FILE",
      description = {
        "A key, the newest first; up to three. FILE is PKCS#8 PEM, encrypted PKCS#8 PEM, an"
            + " OpenSSH key without passphrase or a base64 seed.",
        "Signing needs the private key; check and records also take a public key, in a file that"
            + " ends in .pub."
      })
  private List<String> keys = new ArrayList<>();

  @Mixin private PassphraseOptions passphrase = new PassphraseOptions();

  /** A value of {@code --key}. */
  private record NamedFile(KeyReference reference, Path file) {}

  boolean areGiven() {
    return !keys.isEmpty();
  }

  /** The signers of the named keys. */
  List<Signer> signers() throws ConfigException, KeyMaterialException {
    List<Signer> signers = new ArrayList<>();
    for (NamedFile key : parsed()) {
      signers.add(passphrase.keyFile(key.file()).read().signer(key.reference()));
    }
    return signers;
  }

  /** The public halves of the named keys. */
  List<CheckPlan.Key> publicKeys() throws ConfigException, KeyMaterialException {
    List<CheckPlan.Key> published = new ArrayList<>();
    for (NamedFile key : parsed()) {
      published.add(new CheckPlan.Key(key.reference(), publicKey(key.file())));
    }
    return published;
  }

  private RawPublicKey publicKey(Path file) throws ConfigException, KeyMaterialException {
    return file.toString().endsWith(".pub")
        ? new PublicKeyFile(file).read()
        : passphrase.keyFile(file).read().publicKey();
  }

  private List<NamedFile> parsed() throws ConfigException {
    List<NamedFile> parsed = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (String key : keys) {
      NamedFile named = parse(key);
      if (!seen.add(named.reference().keyId().value().toLowerCase(Locale.ROOT))) {
        throw invalid(
            "two keys have the Key ID "
                + named.reference().keyId()
                + ", where DNS does not tell case (decision 9)");
      }
      parsed.add(named);
    }
    if (parsed.size() > SignedBody.MAX_KEYS) {
      throw invalid(
          "up to %d keys sign, not %d (decision 6)".formatted(SignedBody.MAX_KEYS, parsed.size()));
    }
    return parsed;
  }

  private static NamedFile parse(String text) throws ConfigException {
    int equals = text.indexOf('=');
    if (equals < 0 || equals == text.length() - 1) {
      throw invalid("takes ID=FILE, not \"" + Excerpt.of(text) + "\"");
    }
    try {
      return new NamedFile(
          reference("--key", text.substring(0, equals)), Path.of(text.substring(equals + 1)));
    } catch (InvalidPathException e) {
      throw invalid("\"" + Excerpt.of(text) + "\" names no file");
    }
  }

  private static ConfigException invalid(String problem) {
    return new ConfigException(ErrorCode.SETTING_INVALID, "--key", "--key: " + problem);
  }

  static KeyReference reference(String option, String text) throws ConfigException {
    try {
      return KeyReference.parse(text);
    } catch (MalformedFieldException e) {
      throw new ConfigException(ErrorCode.SETTING_INVALID, option, option + ": " + e.getMessage());
    }
  }
}
