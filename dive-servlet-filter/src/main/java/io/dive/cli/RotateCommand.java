// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.protocol.DiveException;
import io.dive.protocol.KeyId;
import io.dive.rotation.Progress;
import io.dive.rotation.Rotation;
import io.dive.rotation.RotationSetup;
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
    Optional<KeyId> replaced =
        key == null ? Optional.empty() : Optional.of(RotationOptions.keyId(key));
    return options.run(
        RotationOptions.duration("--overlap", overlap),
        setup -> {
          Rotation rotation = new Rotation(setup);
          return new RotationOptions.Work() {
            @Override
            public Progress advance() throws DiveException, InterruptedException {
              return rotation.advance(replaced);
            }

            @Override
            public Progress finish(RotationSetup.Waiter waiter)
                throws DiveException, InterruptedException {
              return rotation.finish(replaced, waiter);
            }
          };
        });
  }
}
