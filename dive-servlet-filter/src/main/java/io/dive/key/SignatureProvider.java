// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.Bytes;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.security.Provider;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which implementation makes signatures. Ed25519 is by the Amazon Corretto Crypto Provider where
 * that is on the class path and passes a self-test, otherwise by Bouncy Castle; Ed448 always by
 * Bouncy Castle. The provider is never installed for the rest of the process. Immutable; safe for
 * use by many threads.
 */
final class SignatureProvider {
  private static final Logger LOG = LoggerFactory.getLogger(SignatureProvider.class);
  private static final String CORRETTO =
      "com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider";
  private static final byte[] TEST_MESSAGE =
      "DIVE self-test of a signature provider".getBytes(StandardCharsets.US_ASCII);

  private final @Nullable Provider ed25519Provider;

  private SignatureProvider(@Nullable Provider ed25519Provider) {
    this.ed25519Provider = ed25519Provider;
  }

  /** What this process signs with; chosen, tested and logged at info when first asked for. */
  static SignatureProvider current() {
    return Current.CHOSEN;
  }

  private static final class Current {
    static final SignatureProvider CHOSEN =
        loaded(CORRETTO)
            .map(SignatureProvider::preferring)
            .orElseGet(SignatureProvider::bouncyCastle);

    static {
      LOG.info("Signatures: {}", CHOSEN.description());
    }
  }

  /** Bouncy Castle for everything. */
  static SignatureProvider bouncyCastle() {
    return new SignatureProvider(null);
  }

  /**
   * The candidate for Ed25519 if it signs as Bouncy Castle does, otherwise Bouncy Castle and a
   * warning.
   */
  static SignatureProvider preferring(Provider candidate) {
    byte[] seed = new byte[SignatureAlgorithm.ED25519.keyLength()];
    Bytes expected = new BouncyCastleSigning(SignatureAlgorithm.ED25519, seed).sign(TEST_MESSAGE);
    try {
      if (new JcaSigning(candidate, seed).sign(TEST_MESSAGE).equals(expected)) {
        return new SignatureProvider(requireNonNull(candidate, "candidate"));
      }
      LOG.warn(
          "{} signs differently from Bouncy Castle and is not used; remove or update it",
          candidate.getName());
    } catch (KeyMaterialException e) {
      LOG.warn("{} is on the class path but not used: {}", candidate.getName(), e.getMessage());
    }
    return bouncyCastle();
  }

  /** The provider of that class; empty if it is absent, or cannot be loaded (with a warning). */
  static Optional<Provider> loaded(String className) {
    try {
      Class<?> type = Class.forName(className, true, SignatureProvider.class.getClassLoader());
      return Optional.of((Provider) type.getDeclaredConstructor().newInstance());
    } catch (ClassNotFoundException absent) {
      return Optional.empty();
    } catch (ReflectiveOperationException | ClassCastException | LinkageError e) {
      LOG.warn("{} is on the class path but cannot be loaded: {}", className, e.toString());
      return Optional.empty();
    }
  }

  /** For a log line: the implementation of each algorithm, with its version where it tells one. */
  public String description() {
    Provider provider = ed25519Provider;
    return provider == null
        ? "ed25519 and ed448 by Bouncy Castle"
        : "ed25519 by %s %s, ed448 by Bouncy Castle"
            .formatted(provider.getName(), provider.getVersionStr());
  }

  /** The same as {@link #description}. */
  @Override
  public String toString() {
    return description();
  }

  /** Signing with a seed of the right length. */
  EddsaSigning signing(SignatureAlgorithm algorithm, byte[] seed) {
    Provider provider = ed25519Provider;
    return provider != null && algorithm == SignatureAlgorithm.ED25519
        ? new JcaSigning(provider, seed)
        : new BouncyCastleSigning(algorithm, seed);
  }
}
