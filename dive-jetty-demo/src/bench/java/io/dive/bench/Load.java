// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a load generator saw.
 *
 * @param requests answered in full
 * @param bytes received
 * @param seconds that it lasted
 */
record Load(long requests, double bytes, double seconds) {
  private static final Pattern WRK_TOTAL =
      Pattern.compile("([0-9]+) requests in ([0-9.]+)(us|ms|s|m|h), ([0-9.]+)([KMGT]?)B read");
  private static final Pattern WRK_ERRORS = Pattern.compile("Socket errors: .*|Non-2xx .*");
  private static final Pattern H2LOAD_TIME =
      Pattern.compile("finished in ([0-9.]+)(us|ms|s|m|h), ");
  private static final Pattern H2LOAD_REQUESTS =
      Pattern.compile("([0-9]+) succeeded, ([0-9]+) failed, ([0-9]+) errored, ([0-9]+) timeout");
  private static final Pattern H2LOAD_STATUS =
      Pattern.compile("status codes: ([0-9]+) 2xx, ([0-9]+) 3xx, ([0-9]+) 4xx, ([0-9]+) 5xx");
  private static final Pattern H2LOAD_TRAFFIC =
      Pattern.compile("traffic: \\S+ \\(([0-9]+)\\) total");

  double requestsPerSecond() {
    return requests / seconds;
  }

  double bytesPerSecond() {
    return bytes / seconds;
  }

  /**
   * Reads the report of {@code wrk}.
   *
   * @throws IOException if it has errors, or is none
   */
  static Load ofWrk(String report) throws IOException {
    Matcher errors = WRK_ERRORS.matcher(report);
    if (errors.find()) {
      throw new IOException("wrk saw errors: " + errors.group());
    }
    Matcher total = found(WRK_TOTAL, report);
    return answered(
        new Load(
            Long.parseLong(total.group(1)),
            Double.parseDouble(total.group(4)) * factor(total.group(5)),
            seconds(total.group(2), total.group(3))),
        report);
  }

  /**
   * Reads the report of {@code h2load}.
   *
   * @throws IOException if it has errors, or is none
   */
  static Load ofH2load(String report) throws IOException {
    Matcher time = found(H2LOAD_TIME, report);
    Matcher requests = found(H2LOAD_REQUESTS, report);
    Matcher status = found(H2LOAD_STATUS, report);
    for (int group = 2; group <= 4; group++) {
      if (!requests.group(group).equals("0") || !status.group(group).equals("0")) {
        throw new IOException("h2load saw errors: " + report);
      }
    }
    return answered(
        new Load(
            Long.parseLong(requests.group(1)),
            Double.parseDouble(found(H2LOAD_TRAFFIC, report).group(1)),
            seconds(time.group(1), time.group(2))),
        report);
  }

  private static Load answered(Load load, String report) throws IOException {
    if (load.bytes == 0 || load.seconds == 0) {
      throw new IOException("nothing was answered: " + report);
    }
    return load;
  }

  private static Matcher found(Pattern pattern, String report) throws IOException {
    Matcher matcher = pattern.matcher(report);
    if (!matcher.find()) {
      throw new IOException("not the report of a load generator: " + report);
    }
    return matcher;
  }

  private static double factor(String unit) {
    return Math.pow(1024, "KMGT".indexOf(unit) + (unit.isEmpty() ? 0 : 1));
  }

  private static double seconds(String number, String unit) {
    double value = Double.parseDouble(number);
    return switch (unit) {
      case "us" -> value / 1e6;
      case "ms" -> value / 1e3;
      case "m" -> value * 60;
      case "h" -> value * 3600;
      default -> value;
    };
  }
}
