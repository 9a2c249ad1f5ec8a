// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.check.CheckPlan;
import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.ProtocolVersion;
import io.dive.settings.DiveSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The options that say what a server signs: its configuration file, or hosts, keys and the like one
 * by one.
 */
final class PlanOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The server's dive.properties; instead of --host and --key.")
  private @Nullable Path config;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      description = "A host that the server signs for; may be given repeatedly.")
  private List<String> hosts = new ArrayList<>();

  @Mixin private KeyOptions keys = new KeyOptions();

  @Option(
      names = "--drafts",
      paramLabel = "NN",
      split = ",",
      description = "Revisions of the protocol that the server emits, 00 or 01 (default: 01,00).")
  private List<String> drafts = new ArrayList<>();

  @Option(
      names = "--hash",
      paramLabel = "NAME",
      description =
          "Hash algorithm of the digests: sha256, sha384, sha512, sha3-256, sha3-384 or sha3-512"
              + " (default: sha256).")
  private @Nullable String hash;

  /** The settings of {@code --config}, if it was given. */
  Optional<DiveSettings> settings() throws ConfigException {
    return config == null ? Optional.empty() : Optional.of(DiveSettings.load(config));
  }

  /** What the server does, by the settings or else by the single options. */
  CheckPlan plan(Optional<DiveSettings> settings) throws DiveException {
    if (settings.isPresent()) {
      if (!hosts.isEmpty() || keys.areGiven() || !drafts.isEmpty() || hash != null) {
        throw new ConfigException(
            ErrorCode.SETTINGS_CONTRADICT,
            "--config",
            "give either --config, or --host, --key, --drafts and --hash");
      }
      return settings.orElseThrow().checkPlan();
    }
    if (hosts.isEmpty()) {
      throw new ConfigException(
          ErrorCode.SETTING_MISSING, "--host", "name the server's --config, or a --host");
    }
    List<CheckPlan.Host> planned = new ArrayList<>();
    List<CheckPlan.Key> published = keys.publicKeys();
    for (String host : hosts) {
      planned.add(new CheckPlan.Host(parseHost(host), published, false));
    }
    for (CheckPlan.Key key : published) {
      requirePlace(key.reference(), planned);
    }
    return new CheckPlan(
        planned,
        parseDrafts(drafts.isEmpty() ? List.of("01", "00") : drafts),
        hash == null ? HashAlgorithm.SHA_256 : parseHash(hash));
  }

  /** A key that its domain publishes for none of the hosts is a slip (decision 8). */
  private static void requirePlace(KeyReference key, List<CheckPlan.Host> hosts)
      throws ConfigException {
    Optional<Fqdn> domain = key.fqdn();
    if (domain.isPresent()
        && hosts.stream().noneMatch(h -> domain.orElseThrow().isSameOrParentOf(h.name()))) {
      throw new ConfigException(
          ErrorCode.SETTINGS_CONTRADICT,
          "--key",
          "--key: %s: %s is neither a --host nor a parent domain of one"
              .formatted(key, domain.orElseThrow()));
    }
  }

  private static Fqdn parseHost(String text) throws ConfigException {
    try {
      return Fqdn.parse(text);
    } catch (MalformedFieldException e) {
      throw new ConfigException(ErrorCode.SETTING_INVALID, "--host", "--host: " + e.getMessage());
    }
  }

  private static Set<ProtocolVersion> parseDrafts(List<String> numbers) throws ConfigException {
    Set<ProtocolVersion> versions = EnumSet.noneOf(ProtocolVersion.class);
    for (String number : numbers) {
      versions.add(
          ProtocolVersion.fromNumber(number)
              .orElseThrow(
                  () ->
                      new ConfigException(
                          ErrorCode.SETTING_INVALID,
                          "--drafts",
                          "--drafts takes 00 and 01, not \"" + Excerpt.of(number) + "\"")));
    }
    return versions;
  }

  static HashAlgorithm parseHash(String name) throws ConfigException {
    return HashAlgorithm.fromDraftName(name)
        .orElseThrow(
            () ->
                new ConfigException(
                    ErrorCode.SETTING_INVALID,
                    "--hash",
                    "--hash is one of "
                        + Arrays.stream(HashAlgorithm.values())
                            .map(HashAlgorithm::draftName)
                            .collect(Collectors.joining(", "))
                        + ", not \""
                        + Excerpt.of(name)
                        + "\""));
  }
}
