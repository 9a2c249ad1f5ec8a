// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import com.grack.nanojson.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.List;

/**
 * Where and when it was measured.
 *
 * @param load average of the last minute at the start; others' work spoils figures
 */
record Machine(
    int processors,
    String processor,
    long memoryMib,
    String java,
    String system,
    LocalDate date,
    double load) {
  static Machine present(Clock clock) throws IOException {
    var system = ManagementFactory.getOperatingSystemMXBean();
    long memory =
        system instanceof com.sun.management.OperatingSystemMXBean known
            ? known.getTotalMemorySize() >> 20
            : 0;
    return new Machine(
        system.getAvailableProcessors(),
        line(Path.of("/proc/cpuinfo"), "model name", ":"),
        memory,
        System.getProperty("java.vm.name") + " " + Runtime.version(),
        "%s, %s %s"
            .formatted(
                line(Path.of("/etc/os-release"), "PRETTY_NAME", "=").replace("\"", ""),
                system.getName(),
                system.getVersion()),
        LocalDate.now(clock),
        system.getSystemLoadAverage());
  }

  /** Whether figures of a published result can stand beside those of this machine. */
  boolean isThatOf(JsonObject published) {
    return published.getInt("processors") == processors
        && processor.equals(published.getString("processor"))
        && java.equals(published.getString("java"));
  }

  private static String line(Path file, String name, String separator) throws IOException {
    if (!Files.isReadable(file)) {
      return "unknown";
    }
    List<String> lines = Files.readAllLines(file);
    return lines.stream()
        .filter(line -> line.startsWith(name))
        .findFirst()
        .map(line -> line.substring(line.indexOf(separator) + 1).strip())
        .orElse("unknown");
  }

  @Override
  public String toString() {
    return "%s: %d processors (%s), %,d MiB, %s, %s; load %s at the start"
        .formatted(date, processors, processor, memoryMib, java, system, Figures.text(load));
  }
}
