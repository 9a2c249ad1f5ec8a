// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.Excerpt;
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
    public void unsigned(String path, StreamMode.UnsignedReason reason, long digestedBytes) {
      if (reason == StreamMode.UnsignedReason.ETAG_REUSED && warnings.permits()) {
        LOG.warn(
            "The response for {} was cut off: the application sent other bytes under a URL and"
                + " strong ETag that it had used before; make the ETag change with every byte, or a"
                + " weak one",
            Excerpt.of(path));
      }
      if (reason == StreamMode.UnsignedReason.UNSEEN_DISPATCH && warnings.permits()) {
        LOG.warn(
            "The response for {} went out unsigned: its asynchronous dispatch did not come by the"
                + " DIVE filter; map the filter for the dispatcher type ASYNC as well, to the paths"
                + " of all dispatches",
            Excerpt.of(path));
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
    public void overflow(
        String path, StreamMode.UnsignedReason reason, StreamLimits.OverflowAction action) {
      if (warnings.permits()) {
        LOG.warn(
            reason == StreamMode.UnsignedReason.OVERFLOW
                ? "The response for {} is longer than dive.stream.limit; dive.stream.overflow = {}"
                : "dive.stream.temp-space was used up when {} was answered; dive.stream.overflow ="
                    + " {}",
            Excerpt.of(path),
            DiveSettings.word(action));
      }
    }

    @Override
    public void failed(String path, Exception cause) {
      if (warnings.permits()) {
        LOG.error("The response for {} could not be signed", Excerpt.of(path), cause);
      }
    }
  }
}
