// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.Excerpt;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/**
 * The command {@code dive}, which only leads to its subcommands. Of these only the one asked for is
 * built, if there is one: all together take picocli longer than many a command runs.
 */
@Command(
    name = "dive",
    description =
        "Makes downloads verifiable against keys in DNSSEC-signed DNS, and verifies them.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = DiveCommand.Version.class,
    footer = {
      "",
      "Exit codes:",
      "  0  done and right",
      "  1  a check or a file failed",
      "  2  the command or a setting is wrong",
      "  3  not done yet, run it again later (rotate and revoke)"
    })
public final class DiveCommand {
  /** Exit code of a command that has to be run again later. */
  static final int RUN_AGAIN = 3;

  private static final String LOG_LEVEL = "org.slf4j.simpleLogger.defaultLogLevel";

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

  /** In the order of the usage message. */
  private static final List<Class<?>> COMMANDS =
      List.of(
          KeygenCommand.class,
          RecordsCommand.class,
          SignCommand.class,
          CheckCommand.class,
          VerifyCommand.class,
          DownloadCommand.class,
          ZonemdCommand.class,
          RotateCommand.class,
          RevokeCommand.class,
          CommandLine.HelpCommand.class);

  private DiveCommand() {}

  /** Runs the command line and exits with its code. */
  public static void main(String[] args) {
    if (System.getProperty(LOG_LEVEL) == null) {
      System.setProperty(LOG_LEVEL, "warn"); // a command's output is its result
    }
    System.exit(run(args));
  }

  /** Runs the command line. */
  static int run(String... args) {
    return commandLine(args).execute(args);
  }

  /** Runs the command line; what it says goes to the given writers. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    return commandLine(args).setOut(out).setErr(err).execute(args);
  }

  /** The empty path would be the working directory, which nobody means. */
  private static Path path(String text) {
    if (text.isEmpty()) {
      throw new CommandLine.TypeConversionException("an empty name; give the path of a file");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new CommandLine.TypeConversionException("'" + Excerpt.of(text) + "' is no path");
    }
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new CommandLine.TypeConversionException(
          "'" + Excerpt.of(text) + "' is no whole number of the usual size");
    }
  }

  private static CommandLine commandLine(String... args) {
    CommandLine line = new CommandLine(new DiveCommand());
    for (Class<?> command : needed(args)) {
      line.addSubcommand(command);
    }
    return line.registerConverter(Path.class, DiveCommand::path)
        .registerConverter(Integer.class, DiveCommand::number)
        .registerConverter(int.class, DiveCommand::number)
        .setExecutionExceptionHandler(Failures::ofCommand)
        .setParameterExceptionHandler(Failures::ofArguments);
  }

  /** All where another than the one asked for can be meant. */
  private static List<Class<?>> needed(String... args) {
    if (args.length == 1 && List.of("--version", "-V").contains(args[0])) {
      return List.of();
    }
    for (Class<?> command : COMMANDS) {
      if (args.length > 0 && name(command).equals(args[0])) {
        return command == CommandLine.HelpCommand.class ? COMMANDS : List.of(command);
      }
    }
    return COMMANDS;
  }

  private static String name(Class<?> command) {
    return requireNonNull(command.getAnnotation(Command.class), "annotation").name();
  }
}
