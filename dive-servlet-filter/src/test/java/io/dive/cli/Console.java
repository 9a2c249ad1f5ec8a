// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * What a command printed, and its exit code.
 *
 * @param out the standard output
 * @param err the error stream
 */
record Console(int exitCode, String out, String err) {
  static Console run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        DiveCommand.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    assertFalse((out.toString() + err).contains("\tat "), "a stack trace: " + out + err);
    return new Console(
        exitCode,
        out.toString().replace(System.lineSeparator(), "\n"),
        err.toString().replace(System.lineSeparator(), "\n"));
  }

  /** The same, for a test that goes on. */
  static Console runWell(String... arguments) {
    Console console = run(arguments);
    assertEquals("", console.err());
    assertEquals(0, console.exitCode(), console::out);
    return console;
  }

  /** The output, which is one JSON object on one line and nothing else. */
  JsonObject json() throws Exception {
    assertEquals(1, out.lines().count(), out);
    assertEquals("", err);
    return JsonParser.object().from(out);
  }
}
