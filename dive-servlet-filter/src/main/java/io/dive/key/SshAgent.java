// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Where an ssh-agent listens, which holds private keys so that this process need not. It signs with
 * Ed25519 only. Immutable.
 *
 * @param socket the Unix-domain socket; it need not exist yet
 * @param timeout longest time for one signature, positive; waiting for others included
 * @see "draft-callec-dive-01 §Private Key Storage; draft-miller-ssh-agent-04"
 */
public record SshAgent(Path socket, Duration timeout) {
  /** Longest path in bytes that any system takes for a socket (Linux: 108, less two). */
  public static final int MAX_PATH_BYTES = 106;

  /** Checks the time. */
  public SshAgent {
    requireNonNull(socket, "socket");
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("the timeout is not positive: " + timeout);
    }
  }

  /**
   * A signer for a key that the agent holds, or will hold: the agent is not asked yet.
   *
   * @param key how responses name it
   * @param publicKey its public half; bare base64 is refused, since a private seed looks the same
   * @throws KeyMaterialException with {@code KEY_FILE_UNREADABLE} or {@code KEY_FORMAT_UNKNOWN} for
   *     the public key
   */
  public RemoteSigner signer(KeyReference key, PublicKeyFile publicKey)
      throws KeyMaterialException {
    RawPublicKey read = publicKey.readLabelled();
    if (read.algorithm() != SignatureAlgorithm.ED25519) {
      throw new KeyMaterialException(
          ErrorCode.KEY_FORMAT_UNKNOWN,
          publicKey.path()
              + " holds a key of "
              + read.algorithm()
              + ", and an ssh-agent signs with ed25519 only; make one with ssh-keygen -t ed25519, or"
              + " keep this key in a file");
    }
    return new SshAgentSigner(key, read, this, System::nanoTime);
  }
}
