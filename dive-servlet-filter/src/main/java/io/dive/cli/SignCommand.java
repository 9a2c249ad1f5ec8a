// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.key.RemoteSigner;
import io.dive.key.Signer;
import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.HashAlgorithm;
import io.dive.settings.DiveSettings;
import io.dive.settings.KeySettings;
import io.dive.sidecar.SigningSummary;
import io.dive.sidecar.TreeSigner;
import io.dive.sign.SignedBody;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes sidecars. */
@Command(
    name = "sign",
    description = {
      "Writes a sidecar with signatures beside each file (app.zip.dive), for both drafts.",
      "Files that are signed and have not changed are left alone."
    },
    mixinStandardHelpOptions = true,
    versionProvider = DiveCommand.Version.class)
final class SignCommand implements Callable<Integer> {
  @Parameters(
      arity = "1..*",
      paramLabel = "FILE|DIR",
      description = "Files, and directories with all they hold.")
  private List<Path> roots = new ArrayList<>();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The server's dive.properties, for keys and hash; instead of --key.")
  private @Nullable Path config;

  @Mixin private KeyOptions keys = new KeyOptions();

  @Option(
      names = "--hash",
      paramLabel = "NAME",
      description =
          "Hash algorithm of the digests: sha256, sha384, sha512, sha3-256, sha3-384 or sha3-512"
              + " (default: with --config its dive.hash, else sha256).")
  private @Nullable String hash;

  @Option(names = "--force", description = "Sign also what has not changed.")
  private boolean force;

  @Option(names = "--prune", description = "Delete sidecars whose file is gone.")
  private boolean prune;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Files hashed at the same time (default: one for each processor).")
  private @Nullable Integer threads;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws DiveException, InterruptedException {
    Optional<DiveSettings> settings =
        config == null ? Optional.empty() : Optional.of(DiveSettings.load(config));
    List<Signer> signers = signers(settings);
    SigningSummary summary;
    try (ProgressBar bar = ProgressBar.onTerminal(!output.isJson())) {
      summary = new TreeSigner(signers, hashAlgorithm(settings), options()).sign(roots, bar);
    } finally {
      for (Signer signer : signers) {
        if (signer instanceof RemoteSigner remote) {
          remote.close();
        }
      }
    }
    output.print(object(summary), text(summary));
    return summary.isComplete() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
  }

  private List<Signer> signers(Optional<DiveSettings> settings) throws DiveException {
    if (settings.isPresent() == keys.areGiven()) {
      throw new ConfigException(
          ErrorCode.SETTINGS_CONTRADICT, "--key", "give either --config or at least one --key");
    }
    List<Signer> signers = settings.isPresent() ? signers(settings.get()) : keys.signers();
    if (signers.isEmpty()) {
      throw new ConfigException(
          ErrorCode.SETTING_MISSING,
          "dive.key.1.file",
          config + " names no key for these files; give at least one --key instead");
    }
    if (signers.size() > SignedBody.MAX_KEYS) {
      throw new ConfigException(
          ErrorCode.SETTINGS_CONTRADICT,
          "--config",
          "%s has %d keys for the hosts of these files together, and a sidecar holds %d; name fewer directories at a time, or give the keys of these"
                  .formatted(config, signers.size(), SignedBody.MAX_KEYS)
              + " files with --key instead");
    }
    for (Signer signer : signers) {
      if (signer instanceof RemoteSigner remote) {
        remote.probe(); // before a tree is hashed for nothing
      }
    }
    return signers;
  }

  /** Of the hosts that the files are served for. */
  private List<Signer> signers(DiveSettings settings) throws DiveException {
    Set<KeySettings> own = new HashSet<>();
    roots.forEach(root -> own.addAll(settings.keysOfTree(root)));
    return settings.openSigners(settings.keys().stream().filter(own::contains).toList());
  }

  private HashAlgorithm hashAlgorithm(Optional<DiveSettings> settings) throws ConfigException {
    return hash != null
        ? PlanOptions.parseHash(hash)
        : settings.map(DiveSettings::hash).orElse(HashAlgorithm.SHA_256);
  }

  private TreeSigner.Options options() throws ConfigException {
    int count = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    if (count < 1 || count > 1024) {
      throw new ConfigException(
          ErrorCode.SETTING_INVALID, "--threads", "--threads takes 1 to 1024, not " + count);
    }
    return new TreeSigner.Options(force, prune, count);
  }

  private static String text(SigningSummary summary) {
    StringBuilder text = new StringBuilder();
    summary
        .failures()
        .forEach(f -> text.append("failed    %s: %s\n".formatted(f.path(), f.sentence())));
    summary.skipped().forEach(p -> text.append("skipped   %s (%s)\n".formatted(p, reason(p))));
    summary
        .orphans()
        .forEach(
            p -> text.append("orphan    %s (its file is gone; --prune deletes it)\n".formatted(p)));
    summary.pruned().forEach(p -> text.append("deleted   %s\n".formatted(p)));
    return text.append(
            String.format(
                Locale.ROOT,
                "%,d signed, %,d unchanged, %,d failed; %,d bytes hashed",
                summary.signed(),
                summary.unchanged(),
                summary.failures().size(),
                summary.bytesHashed()))
        .toString();
  }

  /** Why a path is skipped, as {@link TreeSigner} does. */
  private static String reason(Path skipped) {
    if (Files.isSymbolicLink(skipped)) {
      return "a link to a directory, to nothing, or out of what is signed";
    }
    return Files.isRegularFile(skipped) ? "a sidecar itself" : "no regular file";
  }

  private static Map<String, Object> object(SigningSummary summary) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("signed", summary.signed());
    object.put("unchanged", summary.unchanged());
    object.put("bytes-hashed", summary.bytesHashed());
    object.put("failures", summary.failures().stream().map(SignCommand::object).toList());
    object.put("skipped", summary.skipped().stream().map(Path::toString).toList());
    object.put("orphans", summary.orphans().stream().map(Path::toString).toList());
    object.put("deleted", summary.pruned().stream().map(Path::toString).toList());
    return object;
  }

  private static Map<String, Object> object(SigningSummary.Failure failure) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("path", failure.path().toString());
    object.put("reason", failure.reason().token());
    object.put("sentence", failure.sentence());
    return object;
  }
}
