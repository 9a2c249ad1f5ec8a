// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.settings.DiveSettings;
import io.dive.settings.Mode;
import io.dive.settings.StreamSettings;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How settings and meters become mode {@code stream}. */
final class StreamModes {
  private static final Logger LOG = LoggerFactory.getLogger(StreamModes.class);

  private StreamModes() {}

  static StreamMode mode(DiveSettings settings, ResponseMetrics metrics) {
    return new StreamMode(
        settings.hash(),
        limits(settings),
        new KnownBodies(settings.stream().knownEntries()),
        new Meters(metrics));
  }

  private static StreamLimits limits(DiveSettings settings) {
    StreamSettings stream = settings.stream();
    return new StreamLimits(
        Math.toIntExact(stream.memoryBytes()),
        stream.limitBytes(),
        switch (stream.overflow()) {
          case UNSIGNED -> StreamLimits.OverflowAction.UNSIGNED;
          case TRAILER -> StreamLimits.OverflowAction.TRAILER;
          case FAIL -> StreamLimits.OverflowAction.FAIL;
        },
        stream.tempDirectory().orElseGet(() -> Path.of(System.getProperty("java.io.tmpdir"))),
        stream.tempSpaceBytes(),
        switch (settings.onSigningFailure()) {
          case UNSIGNED -> StreamLimits.SigningFailureAction.UNSIGNED;
          case FAIL -> StreamLimits.SigningFailureAction.FAIL;
        },
        settings.noTransform());
  }

  /** Counts responses, and warns of those that should have been signed. */
  private record Meters(ResponseMetrics metrics, WarningPace warnings)
      implements StreamMode.Observer {
    Meters(ResponseMetrics metrics) {
      this(metrics, new WarningPace());
    }

    @Override
    public void signed(long bodyBytes, long signingNanos) {
      metrics.digested(bodyBytes);
      metrics.signed(Duration.ofNanos(signingNanos));
      metrics.answered(Mode.STREAM, ResponseOutcome.SIGNED);
    }

    @Override
    public void unsigned(StreamMode.UnsignedReason reason, long digestedBytes) {
      if (reason == StreamMode.UnsignedReason.ETAG_REUSED && warnings.permits()) {
        LOG.warn(
            "A response was cut off: the application sent other bytes under a URL and strong ETag"
                + " that it had used before; make the ETag change with every byte, or a weak one");
      }
      if (reason == StreamMode.UnsignedReason.UNSEEN_DISPATCH && warnings.permits()) {
        LOG.warn(
            "A response went out unsigned: its asynchronous dispatch did not come by the DIVE"
                + " filter; map the filter for the dispatcher type ASYNC as well, to the paths of"
                + " all dispatches");
      }
      metrics.digested(digestedBytes);
      metrics.answered(
          Mode.STREAM,
          switch (reason) {
            case STATUS, ERROR_OR_REDIRECT -> ResponseOutcome.NOT_200;
            case ETAG_REUSED -> ResponseOutcome.ETAG_REUSED;
            case EVENT_STREAM -> ResponseOutcome.EVENT_STREAM;
            case OVERFLOW, TEMP_SPACE -> ResponseOutcome.OVERFLOW;
            case SIGNING_FAILED, TEMP_FILE_FAILED -> ResponseOutcome.FAILED;
            case HEAD,
                APPLICATION_FAILED,
                LENGTH_MISMATCH,
                ASYNC_TIMEOUT,
                ASYNC_ERROR,
                ASYNC_DISPATCH,
                UNSEEN_DISPATCH,
                BYPASSED ->
                ResponseOutcome.UNSIGNED;
          });
    }

    @Override
    public void overflow(StreamLimits.OverflowAction action, long digestedBytes) {
      if (warnings.permits()) {
        LOG.warn(
            "A response was longer than dive.stream.limit, or dive.stream.temp-space was used up;"
                + " dive.stream.overflow = {}",
            DiveSettings.word(action));
      }
    }

    @Override
    public void failed(Exception cause) {
      if (warnings.permits()) {
        LOG.error("A response could not be signed", cause);
      }
    }
  }
}
