// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.check.CheckPlan;
import io.dive.key.PublicKeyFile;
import io.dive.key.Signer;
import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.RawPublicKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that name keys. */
final class KeyOptions {
  @Option(
      names = "--key",
      paramLabel = "ID[@DOMAIN]=FILE",
      description = {
        "A key, the newest first; up to three. FILE is PKCS#8 PEM, encrypted PKCS#8 PEM or a base64"
            + " seed; where public keys suffice, also a public key in a file that ends in .pub."
      })
  private Map<String, Path> keys = new LinkedHashMap<>();

  @Mixin private PassphraseOptions passphrase = new PassphraseOptions();

  boolean areGiven() {
    return !keys.isEmpty();
  }

  /** The signers of the named keys. */
  List<Signer> signers() throws ConfigException, KeyMaterialException {
    List<Signer> signers = new ArrayList<>();
    for (Map.Entry<String, Path> key : keys.entrySet()) {
      signers.add(
          passphrase.keyFile(key.getValue()).read().signer(reference("--key", key.getKey())));
    }
    return signers;
  }

  /** The public halves of the named keys. */
  List<CheckPlan.Key> publicKeys() throws ConfigException, KeyMaterialException {
    List<CheckPlan.Key> published = new ArrayList<>();
    for (Map.Entry<String, Path> key : keys.entrySet()) {
      published.add(new CheckPlan.Key(reference("--key", key.getKey()), publicKey(key.getValue())));
    }
    return published;
  }

  private RawPublicKey publicKey(Path file) throws ConfigException, KeyMaterialException {
    return file.toString().endsWith(".pub")
        ? new PublicKeyFile(file).read()
        : passphrase.keyFile(file).read().publicKey();
  }

  static KeyReference reference(String option, String text) throws ConfigException {
    try {
      return KeyReference.parse(text);
    } catch (MalformedFieldException e) {
      throw new ConfigException(ErrorCode.SETTING_INVALID, option, option + ": " + e.getMessage());
    }
  }
}
