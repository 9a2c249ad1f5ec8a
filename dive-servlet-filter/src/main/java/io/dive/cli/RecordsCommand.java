// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.check.CheckPlan;
import io.dive.check.PublishedRecords;
import io.dive.protocol.DiveException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Prints what to publish. */
@Command(
    name = "records",
    description = "Prints the TXT records to publish, as lines of a zone file.",
    mixinStandardHelpOptions = true,
    versionProvider = DiveCommand.Version.class)
final class RecordsCommand implements Callable<Integer> {
  @Mixin private PlanOptions server = new PlanOptions();
  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws DiveException {
    CheckPlan plan = server.plan(server.settings());
    List<String> lines = PublishedRecords.all(plan);
    if (plan.hosts().stream().anyMatch(host -> host.keys().isEmpty())) {
      output.warn(
          "no key is known, so there is no key record below, and with the policy alone clients"
              + " refuse everything; name the keys with --host and --key, or sign the files first");
    }
    output.print(Map.of("records", lines), String.join("\n", lines));
    return CommandLine.ExitCode.OK;
  }
}
