// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.demo.nameserver.ForeignProgram;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** README's transcript, run in one shell on the packaged jars, prints what README says. */
@Timeout(180)
class ReadmeTranscriptIT {
  private static final String END_OF_OUTPUT = "-- end of output --";
  private static final int FEWEST_COMMANDS = 5;

  @TempDir private Path directory = Path.of("");

  /** A command with the lines it prints, where an ellipsis stands for anything. */
  private record Step(String command, List<String> output) {
    boolean inBackground() {
      return command.endsWith("&");
    }
  }

  @Test
  void everyCommand_printsWhatReadmeSays() throws Exception {
    ForeignProgram.require("bash");
    Path checkout = Path.of(System.getProperty("dive.checkout", ".."));
    List<Step> steps = transcripts(checkout).get(0);
    assertTrue(steps.size() >= FEWEST_COMMANDS, steps.toString());
    linkModules(checkout);

    try (Shell shell = new Shell(directory)) {
      Step first = steps.get(0);
      assertTrue(first.inBackground(), first.command());
      assertEquals(1, first.output().size(), first.toString());
      // README's ports may be taken here; the line that the sandbox prints tells which it got.
      shell.send(first.command().replace(".jar ", ".jar --port 0 --dns 127.0.0.1:0 "));
      String readyLine = shell.line();
      Ready ready = Ready.parse(readyLine);
      assertMatches(List.of(atPorts(first.output().get(0), ready)), List.of(readyLine), first);

      for (Step step : steps.subList(1, steps.size())) {
        shell.send(atPorts(step.command(), ready));
        List<String> expected = step.output().stream().map(line -> atPorts(line, ready)).toList();
        assertMatches(expected, shell.outputOfLastCommand(), step);
      }
      assertFalse(Files.exists(directory.resolve("invalid.txt")));
    }
  }

  /** The sandbox goes on afterwards; its output is compared up to the last line README shows. */
  @Test
  void rotation_tellsWhatReadmeSays() throws Exception {
    ForeignProgram.require("bash");
    Path checkout = Path.of(System.getProperty("dive.checkout", ".."));
    List<Step> steps = transcripts(checkout).get(1);
    assertEquals(1, steps.size(), steps.toString());
    linkModules(checkout);
    List<String> expected = steps.get(0).output();

    try (Shell shell = new Shell(directory)) {
      shell.send(
          steps.get(0).command().replace(".jar ", ".jar --port 0 --dns 127.0.0.1:0 ") + " &");
      String readyLine = shell.line();
      Ready ready = Ready.parse(readyLine);
      List<String> printed = new ArrayList<>(List.of(readyLine));
      int matched = matches(atPorts(expected.get(0), ready), readyLine) ? 1 : 0;
      while (matched < expected.size()) { // ends with the time-out of this class
        boolean gap = expected.get(matched).equals("…");
        String wanted = atPorts(expected.get(gap ? matched + 1 : matched), ready);
        String line = shell.line();
        printed.add(line);
        if (matches(wanted, line)) {
          matched += gap ? 2 : 1;
        } else {
          assertTrue(
              gap && !line.startsWith("rotated"),
              () -> wanted + "%n is missing in%n".formatted() + String.join("\n", printed));
        }
      }
    }
  }

  private void linkModules(Path checkout) throws IOException {
    for (String module : List.of("dive-jetty-demo", "dive-servlet-filter")) {
      Files.createSymbolicLink(directory.resolve(module), checkout.resolve(module).toRealPath());
    }
  }

  private static List<List<Step>> transcripts(Path checkout) throws IOException {
    String readme = Files.readString(checkout.resolve("README.md"));
    List<List<Step>> transcripts = new ArrayList<>();
    Matcher block = Pattern.compile("(?s)\n```console\n(.*?)\n```").matcher(readme);
    while (block.find()) {
      transcripts.add(transcript(block.group(1)));
    }
    return transcripts;
  }

  private static List<Step> transcript(String block) {
    List<Step> steps = new ArrayList<>();
    for (String line : block.lines().toList()) {
      if (line.startsWith("$ ")) {
        steps.add(new Step(line.substring(2), new ArrayList<>()));
      } else {
        steps.get(steps.size() - 1).output().add(line);
      }
    }
    return steps;
  }

  private static String atPorts(String line, Ready ready) {
    return line.replaceAll("\\b8080\\b", Integer.toString(ready.port()))
        .replaceAll("\\b5300\\b", Integer.toString(ready.dns().getPort()));
  }

  private static void assertMatches(List<String> expected, List<String> printed, Step step) {
    String difference =
        "%n$ %s%nREADME:%n%s%nprinted:%n%s"
            .formatted(step.command(), String.join("\n", expected), String.join("\n", printed));
    assertEquals(expected.size(), printed.size(), difference);
    for (int i = 0; i < expected.size(); i++) {
      assertTrue(matches(expected.get(i), printed.get(i)), difference);
    }
  }

  private static boolean matches(String expected, String printed) {
    String pattern =
        Arrays.stream(expected.split("…", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*"));
    return printed.matches(pattern);
  }

  /** One bash for all commands, with both output streams in one as on a terminal. */
  private static final class Shell implements AutoCloseable {
    private final Process bash;
    private final Writer input;
    private final BufferedReader output;

    Shell(Path directory) throws IOException {
      bash =
          new ProcessBuilder("bash", "--noprofile", "--norc")
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .start();
      input = bash.outputWriter(StandardCharsets.UTF_8);
      output = bash.inputReader(StandardCharsets.UTF_8);
    }

    void send(String command) throws IOException {
      input.write(command + "\n");
      input.flush();
    }

    String line() throws IOException {
      String line = output.readLine();
      assertTrue(line != null, "the shell has ended");
      return line;
    }

    List<String> outputOfLastCommand() throws IOException {
      send("echo '" + END_OF_OUTPUT + "'");
      List<String> lines = new ArrayList<>();
      for (String line = line(); !line.equals(END_OF_OUTPUT); line = line()) {
        lines.add(line);
      }
      return lines;
    }

    /** Ends what the shell has started, then the shell; waits, since they write to a directory. */
    @Override
    public void close() {
      List<ProcessHandle> started = new ArrayList<>(bash.descendants().toList());
      started.add(bash.toHandle());
      for (ProcessHandle process : started) {
        process.destroy();
        process.onExit().join();
      }
    }
  }
}
