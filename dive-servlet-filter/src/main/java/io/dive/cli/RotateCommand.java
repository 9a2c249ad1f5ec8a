// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.protocol.DiveException;
import io.dive.protocol.KeyId;
import io.dive.rotation.Rotation;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Replaces a key. */
@Command(
    name = "rotate",
    description = {
      "Replaces a signing key by a new one, without a refused download.",
      "Each run goes as far as it can; run it again until it is done, also after a failure."
    },
    footer = {"", DnsOptions.CONFIGURED},
    mixinStandardHelpOptions = true,
    versionProvider = DiveCommand.Version.class)
final class RotateCommand implements Callable<Integer> {
  @Option(
      names = "--key",
      paramLabel = "ID",
      description =
          "Key to replace (default: the one being replaced, or the only one). Scripts should give"
              + " it: once it is replaced, further runs do nothing.")
  private @Nullable String key;

  @Option(
      names = "--overlap",
      paramLabel = "TIME",
      defaultValue = "1d",
      description =
          "How long HTTP caches and downloads may still have answers with only the old signature,"
              + " such as 12h (default: ${DEFAULT-VALUE}).")
  private String overlap = "1d";

  @Mixin private RotationOptions options = new RotationOptions();

  @Override
  public Integer call() throws DiveException, InterruptedException {
    if (options.isStatusOnly()) {
      return options.reportStatus();
    }
    Optional<KeyId> replaced =
        key == null ? Optional.empty() : Optional.of(RotationOptions.keyId(key));
    Rotation rotation =
        new Rotation(
            options.setup().overlap(RotationOptions.duration("--overlap", overlap)).build());
    return options.report(
        options.waits()
            ? rotation.finish(replaced, RotationOptions::pause)
            : rotation.advance(replaced));
  }
}
