// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static java.util.Objects.requireNonNull;

import io.dive.key.KeyFile;
import io.dive.key.Passphrase;
import io.dive.key.PublicKeyFile;
import io.dive.key.Signer;
import io.dive.key.SshAgent;
import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * A key in a file or in an ssh-agent.
 *
 * @param number the N of its settings' names
 * @param file the private key, or the public one of a key in an agent
 * @param fqdn the domain that publishes it; empty to have clients walk up (decision 8)
 * @param passphraseFile a file with the passphrase in its first line
 * @param passphraseVariable the environment variable that holds the passphrase
 * @param agent who has the private key; empty where the file has it
 * @param hosts those of {@code dive.hosts} that it signs for; empty for all
 */
public record KeySettings(
    int number,
    KeyId id,
    Path file,
    Optional<Fqdn> fqdn,
    Optional<Path> passphraseFile,
    Optional<String> passphraseVariable,
    Optional<SshAgent> agent,
    Set<HostPattern> hosts) {
  /** No component may be null. */
  public KeySettings {
    hosts = HostPattern.copyInOrder(hosts);
    requireNonNull(id, "id");
    requireNonNull(file, "file");
    requireNonNull(fqdn, "fqdn");
    requireNonNull(passphraseFile, "passphraseFile");
    requireNonNull(passphraseVariable, "passphraseVariable");
    requireNonNull(agent, "agent");
  }

  /** A key in a file, for all hosts. */
  public KeySettings(
      int number,
      KeyId id,
      Path file,
      Optional<Fqdn> fqdn,
      Optional<Path> passphraseFile,
      Optional<String> passphraseVariable) {
    this(number, id, file, fqdn, passphraseFile, passphraseVariable, Optional.empty(), Set.of());
  }

  /** How responses name the key. */
  public KeyReference reference() {
    return new KeyReference(id, fqdn);
  }

  /** Whether it signs for one of {@code dive.hosts}. */
  boolean signsFor(HostPattern host) {
    return host.isAmong(hosts);
  }

  Signer open(boolean allowExposed) throws KeyMaterialException {
    if (agent.isPresent()) {
      return agent.orElseThrow().signer(reference(), new PublicKeyFile(file));
    }
    Optional<Passphrase> passphrase =
        passphraseFile
            .<Passphrase>map(Passphrase.InFile::new)
            .or(() -> passphraseVariable.map(Passphrase.InEnvironment::new));
    return new KeyFile(file, passphrase, allowExposed).read().signer(reference());
  }
}
