// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import com.grack.nanojson.JsonWriter;
import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.IoFault;
import io.dive.verify.TransferException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;

/**
 * What a command says when it cannot do its work, and its exit code. Expected failures are one
 * message, with {@code --json} one object; anything else is a defect and shows its trace.
 */
final class Failures {
  private Failures() {}

  /** A command that threw. */
  static int ofCommand(Exception failure, CommandLine commandLine, CommandLine.ParseResult parsed)
      throws Exception {
    CommandLine.ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    boolean json = last.hasMatchedOption("--json");
    if (failure instanceof DiveException dive) {
      tell(commandLine, json, dive.code().token(), String.valueOf(dive.getMessage()));
    } else if (failure instanceof TransferException transfer) {
      tell(commandLine, json, transfer.reason().token(), String.valueOf(transfer.getMessage()));
    } else if (failure instanceof IOException io) {
      tell(commandLine, json, "input-output", sentence(io));
    } else {
      throw failure;
    }
    return failure instanceof ConfigException
        ? CommandLine.ExitCode.USAGE
        : CommandLine.ExitCode.SOFTWARE;
  }

  /** Arguments that are no command. */
  static int ofArguments(CommandLine.ParameterException failure, String[] arguments) {
    CommandLine commandLine = failure.getCommandLine();
    boolean json = Arrays.asList(arguments).contains("--json");
    tell(
        commandLine,
        json,
        ErrorCode.SETTING_INVALID.token(),
        failure.getMessage() + "; see " + commandLine.getCommandSpec().qualifiedName() + " --help");
    return CommandLine.ExitCode.USAGE;
  }

  private static void tell(CommandLine commandLine, boolean json, String code, String message) {
    if (json) {
      Map<String, String> error = new LinkedHashMap<>();
      error.put("code", code);
      error.put("message", message);
      commandLine.getOut().println(JsonWriter.string(Map.of("error", error)));
      commandLine.getOut().flush();
    } else {
      commandLine.getErr().println("dive: " + message);
      commandLine.getErr().flush();
    }
  }

  private static String sentence(IOException failure) {
    String said = failure.getMessage();
    if (failure instanceof FileSystemException file) {
      return file.getFile() + " " + IoFault.writing(failure);
    }
    return said == null || said.isBlank() ? "input or output failed" : said;
  }

  /**
   * The failure to write a file that an option names, which the library's own may not: what it
   * writes is a temporary file beside it.
   */
  static IOException unwritable(Path file, FileSystemException failure) {
    return new IOException(file + " " + IoFault.writing(failure), failure);
  }
}
