// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.protocol.DiveException;
import io.dive.verify.Fetched;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Fetches and judges, keeping nothing. */
@Command(
    name = "verify",
    description = "Fetches a URL as a DIVE client and says whether it would be accepted.",
    mixinStandardHelpOptions = true,
    versionProvider = DiveCommand.Version.class)
final class VerifyCommand implements Callable<Integer> {
  @Mixin private FetchOptions fetch = new FetchOptions();
  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws DiveException, IOException, InterruptedException {
    Fetched fetched = fetch.client(false).verify(fetch.url());
    output.print(FetchResult.json(fetched), FetchResult.text(fetched));
    return FetchResult.isVerified(fetched)
        ? CommandLine.ExitCode.OK
        : CommandLine.ExitCode.SOFTWARE;
  }
}
