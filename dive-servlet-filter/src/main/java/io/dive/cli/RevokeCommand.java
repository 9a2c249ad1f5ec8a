// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.protocol.DiveException;
import io.dive.protocol.KeyId;
import io.dive.rotation.Progress;
import io.dive.rotation.Revocation;
import io.dive.rotation.RotationSetup;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Takes a compromised key out of use. */
@Command(
    name = "revoke",
    description = {
      "Takes a compromised key out of use, replacing it first unless another key signs.",
      "Run it again until it is done, the last time a day later."
    },
    footer = {"", DnsOptions.CONFIGURED},
    mixinStandardHelpOptions = true,
    versionProvider = DiveCommand.Version.class)
final class RevokeCommand implements Callable<Integer> {
  @Option(names = "--key", paramLabel = "ID", required = true, description = "The compromised key.")
  private String key = "";

  @Option(
      names = "--without-replacement",
      description = "Revoke at once, even if clients then refuse every download.")
  private boolean withoutReplacement;

  @Mixin private RotationOptions options = new RotationOptions();

  @Override
  public Integer call() throws DiveException, InterruptedException {
    KeyId revoked = RotationOptions.keyId(key);
    return options.run(
        Duration.ZERO, // its replacement has none
        setup -> {
          Revocation revocation = new Revocation(setup);
          return new RotationOptions.Work() {
            @Override
            public Progress advance() throws DiveException, InterruptedException {
              return revocation.advance(revoked, withoutReplacement);
            }

            @Override
            public Progress finish(RotationSetup.Waiter waiter)
                throws DiveException, InterruptedException {
              return revocation.finish(revoked, withoutReplacement, waiter);
            }
          };
        });
  }
}
