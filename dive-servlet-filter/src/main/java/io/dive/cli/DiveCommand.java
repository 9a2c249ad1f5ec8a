// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import com.grack.nanojson.JsonWriter;
import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import java.io.IOException;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The command {@code dive}, which only leads to its subcommands. */
@Command(
    name = "dive",
    description =
        "Makes downloads verifiable against keys in DNSSEC-signed DNS, and verifies them.",
    subcommands = {
      KeygenCommand.class,
      RecordsCommand.class,
      SignCommand.class,
      CheckCommand.class,
      VerifyCommand.class,
      DownloadCommand.class,
      CommandLine.HelpCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = DiveCommand.Version.class,
    footer = {
      "",
      "Exit codes: 0 done and right, 1 a check or a file failed, 2 the command or a setting is wrong."
    })
public final class DiveCommand {
  /** The version of the jar, and the revisions it speaks. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = DiveCommand.class.getPackage().getImplementationVersion();
      return new String[] {
        "dive "
            + (version == null ? "(development build)" : version)
            + ", draft-callec-dive-00 and draft-callec-dive-01"
      };
    }
  }

  private DiveCommand() {}

  /** Runs the command line and exits with its code. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs the command line. */
  static int run(String... args) {
    return new CommandLine(new DiveCommand())
        .setExecutionExceptionHandler(DiveCommand::explain)
        .setCaseInsensitiveEnumValuesAllowed(false)
        .execute(args);
  }

  /** Expected failures are one message; anything else is a defect and shows its trace. */
  private static int explain(
      Exception failure, CommandLine commandLine, CommandLine.ParseResult parsed) throws Exception {
    if (!(failure instanceof DiveException || failure instanceof IOException)) {
      throw failure;
    }
    String code = failure instanceof DiveException dive ? dive.code().token() : "input-output";
    String message =
        failure instanceof DiveException
            ? String.valueOf(failure.getMessage())
            : failure.getClass().getSimpleName() + ": " + failure.getMessage();
    if (parsed.hasMatchedOption("--json")) {
      commandLine
          .getOut()
          .println(JsonWriter.string(Map.of("error", Map.of("code", code, "message", message))));
      commandLine.getOut().flush();
    } else {
      commandLine.getErr().println("dive: " + message);
      commandLine.getErr().flush();
    }
    return failure instanceof ConfigException
        ? CommandLine.ExitCode.USAGE
        : CommandLine.ExitCode.SOFTWARE;
  }
}
