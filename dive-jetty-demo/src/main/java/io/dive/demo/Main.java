// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import io.dive.protocol.DiveException;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Starts the sandbox and keeps it running until the process is told to stop. */
@Command(
    name = "dive-jetty-demo",
    description = {
      "A download server whose responses a DIVE client can verify, with its own DNSSEC-signed zone.",
      "Prints one line that begins with \"ready\" when all is up."
    },
    mixinStandardHelpOptions = true)
public final class Main implements Callable<Integer> {
  @Mixin private SandboxOptions options = new SandboxOptions();

  private Main() {}

  /**
   * Runs until the process is told to stop, or exits with 1 or 2 if the sandbox cannot start or a
   * rotation fails.
   */
  public static void main(String[] args) {
    // dnsjava's hook would end its thread under checks that run until the sandbox's own hook is
    // through, and starting it again fails then. The thread is a daemon: nothing waits for it.
    System.setProperty("dnsjava.nio.register_shutdown_hook", "false");
    System.exit(commandLine().execute(args));
  }

  /** The command; its expected failures are one message, anything else is a defect with a trace. */
  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setParameterExceptionHandler(
            (failure, args) -> {
              failure
                  .getCommandLine()
                  .getErr()
                  .println(failure.getMessage() + " (--help tells what there is)");
              return CommandLine.ExitCode.USAGE;
            })
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              if (!(failure instanceof IOException || failure instanceof DiveException)) {
                throw failure;
              }
              command.getErr().println("The sandbox cannot start: " + failure.getMessage());
              return CommandLine.ExitCode.SOFTWARE;
            });
  }

  @Override
  public Integer call() throws IOException, DiveException, InterruptedException {
    Sandbox sandbox = Sandbox.start(options);
    // The one place that closes it: every way out of a running sandbox ends the process.
    Runtime.getRuntime().addShutdownHook(new Thread(sandbox::close, "sandbox-stop"));
    System.out.println(sandbox.readyLine());
    System.out.flush();
    if (options.rotate() && !rotate(sandbox)) {
      return CommandLine.ExitCode.SOFTWARE;
    }
    sandbox.join();
    return CommandLine.ExitCode.OK;
  }

  /** Whether the key was replaced and no client refused a download meanwhile. */
  private static boolean rotate(Sandbox sandbox) throws IOException, InterruptedException {
    try {
      VerifyingClients.Count count = sandbox.rotate(System.out::println);
      System.out.flush();
      return count.refused() == 0;
    } catch (DiveException e) {
      System.err.println("The rotation has stopped: " + e.getMessage());
      return false;
    }
  }
}
