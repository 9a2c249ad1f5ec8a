// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.sidecar.Freshness;
import io.dive.sidecar.SidecarListener;
import io.dive.sidecar.StaleFile;
import io.dive.sidecar.Unusable;
import java.nio.file.Path;

/** Counts what the sidecar stores find. */
final class SidecarMeters implements SidecarListener {
  private final ResponseMetrics metrics;

  SidecarMeters(ResponseMetrics metrics) {
    this.metrics = metrics;
  }

  @Override
  public void unusable(Path source, Unusable verdict) {
    metrics.unusableSidecar();
  }

  @Override
  public void stale(StaleFile file) {
    metrics.staleFile();
  }

  @Override
  public void compared(Path file, Freshness freshness) {
    // The verdict is counted where it matters: with the response.
  }
}
