// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;

import io.dive.check.CheckReport;
import io.dive.check.Finding;
import io.dive.check.FindingCode;
import io.dive.check.Severity;
import io.dive.protocol.KeyReference;
import io.dive.sidecar.StaleFile;
import io.dive.sidecar.UnusableSidecars;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One entry of a health answer (MicroProfile Health 4.0 §2.5). Immutable.
 *
 * @param name what was looked at, such as {@code dive-dns}; several entries may have one name
 * @param data strings, numbers and booleans by name, in the order they are shown
 */
public record HealthCheck(String name, boolean up, Map<String, Object> data) {
  /** Copies the data. */
  public HealthCheck {
    requireNonNull(name, "name");
    data = Collections.unmodifiableMap(new LinkedHashMap<>(data));
  }

  /** One entry per finding; a check that has not run yet is down. */
  static List<HealthCheck> of(String check, Optional<CheckReport> report) {
    if (report.isEmpty()) {
      return List.of(new HealthCheck(check, false, Map.of("sentence", "has not run yet")));
    }
    return report.orElseThrow().findings().stream()
        .map(finding -> of(check, finding, report.orElseThrow()))
        .toList();
  }

  private static HealthCheck of(String check, Finding finding, CheckReport report) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("subject", finding.subject());
    data.put("code", finding.code().token());
    data.put("sentence", finding.sentence());
    if (!finding.remedy().isEmpty()) {
      data.put("remedy", finding.remedy());
    }
    data.put("checked-at", seconds(report.at()));
    return new HealthCheck(check, finding.severity() != Severity.ERROR, data);
  }

  /**
   * The state of the sidecars: down while a file is known that does not match its own, or a sidecar
   * that cannot be used.
   */
  static HealthCheck ofSidecars(List<StaleFile> stale, List<UnusableSidecars.Entry> unusable) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("stale-files", stale.size());
    if (!stale.isEmpty()) {
      StaleFile latest = stale.get(stale.size() - 1);
      data.put("latest", name(latest.file()));
      data.put("found-at", seconds(latest.found()));
      data.put("remedy", "Restore the file, or sign it again (dive sign).");
    }
    data.put("unusable-sidecars", unusable.size());
    if (!unusable.isEmpty()) {
      UnusableSidecars.Entry latest = unusable.get(unusable.size() - 1);
      data.put("unusable-latest", name(latest.source()));
      data.put("unusable-code", latest.reason().token());
      data.put("unusable-found-at", seconds(latest.found()));
      data.put("unusable-remedy", latest.remedy());
    }
    return new HealthCheck("dive-sidecars", stale.isEmpty() && unusable.isEmpty(), data);
  }

  /** No path: health may be open to others, and the log has the path. */
  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  /** The state of a key that lives outside this process. */
  static HealthCheck ofSigner(KeyReference key, WatchedSigner.State state) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("subject", key.serialize());
    FindingCode code = state.signs() ? FindingCode.SIGNER_OK : FindingCode.SIGNER_UNAVAILABLE;
    data.put("code", code.token());
    data.put("sentence", state.signs() ? "it signs" : state.reason());
    data.put("since", seconds(state.since()));
    return new HealthCheck("dive-signer", state.signs(), data);
  }

  /** A moment as answers have it; finer than a second says nothing to anybody. */
  static String seconds(Instant moment) {
    return moment.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  static HealthCheck ofAbsentFilter() {
    return new HealthCheck(
        "dive-filter",
        false,
        Map.of("sentence", "no DiveFilter has started in this web application"));
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", name);
    json.put("status", status(up));
    if (!data.isEmpty()) {
      json.put("data", data);
    }
    return json;
  }

  static String status(boolean up) {
    return up ? "UP" : "DOWN";
  }
}
