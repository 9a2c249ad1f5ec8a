// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static java.util.Objects.requireNonNull;

import com.grack.nanojson.JsonWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where a command prints its result: as text, or with {@code --json} as one JSON object. */
final class Output {
  private static final Pattern PLAIN_WORD = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  boolean isJson() {
    return json;
  }

  /** Prints a remark that is no part of the result. */
  void warn(String remark) {
    PrintWriter err = requireNonNull(command, "set by picocli").commandLine().getErr();
    err.println("dive: " + remark);
    err.flush();
  }

  /** Where a result goes that is too large for one text. */
  Writer writer() {
    return requireNonNull(command, "set by picocli").commandLine().getOut();
  }

  /** Prints a line as it comes; with {@code --json} nothing. */
  void say(String line) {
    if (!json) {
      PrintWriter out = requireNonNull(command, "set by picocli").commandLine().getOut();
      out.println(line);
      out.flush();
    }
  }

  /** Prints a JSON object on a line of its own, as it comes; without {@code --json} nothing. */
  void event(Map<String, ? extends @Nullable Object> object) {
    if (json) {
      PrintWriter out = requireNonNull(command, "set by picocli").commandLine().getOut();
      out.println(JsonWriter.string(object));
      out.flush();
    }
  }

  /** The command line that was given, to be given again. */
  String commandLine() {
    List<String> words = new ArrayList<>(List.of("dive"));
    requireNonNull(command, "set by picocli").commandLine().getParseResult().originalArgs().stream()
        .map(Output::quoted)
        .forEach(words::add);
    return String.join(" ", words);
  }

  /** As a shell takes it for one word. */
  private static String quoted(String word) {
    return PLAIN_WORD.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  /** Prints the one of the two forms that was asked for. */
  void print(Map<String, ? extends @Nullable Object> object, String text) {
    PrintWriter out = requireNonNull(command, "set by picocli").commandLine().getOut();
    out.println(json ? JsonWriter.string(object) : text.stripTrailing());
    out.flush();
  }
}
