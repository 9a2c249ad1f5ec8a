// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.protocol.DiveException;
import io.dive.protocol.KeyId;
import io.dive.rotation.Revocation;
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
    if (options.isStatusOnly()) {
      return options.reportStatus();
    }
    KeyId revoked = RotationOptions.keyId(key);
    Revocation revocation = new Revocation(options.setup().build());
    return options.report(
        options.waits()
            ? revocation.finish(revoked, withoutReplacement, RotationOptions::pause)
            : revocation.advance(revoked, withoutReplacement));
  }
}
