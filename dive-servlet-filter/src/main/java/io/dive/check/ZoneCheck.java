// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static java.util.Objects.requireNonNull;

import io.dive.dns.Deadline;
import io.dive.dns.ZoneAnchor;
import io.dive.dns.ZoneAnchors;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.ZoneException;
import io.dive.zonemd.Zone;
import io.dive.zonemd.ZoneResult;
import io.dive.zonemd.ZoneSource;
import io.dive.zonemd.ZoneVerifier;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies a whole zone, from a file or a server, by its ZONEMD record (RFC 8976), to find what was
 * damaged on its way to a secondary. Immutable, safe for use by many threads.
 */
public final class ZoneCheck {
  private static final Logger LOG = LoggerFactory.getLogger(ZoneCheck.class);

  private final ZoneSource source;
  private final ZoneVerifier verifier;
  private final Duration limit;
  private final Clock clock;
  private final OptionalLong expectedSerial;
  private final Optional<ZoneSource> good;
  private final Optional<ZoneAnchors> anchors;

  /**
   * A check of one zone.
   *
   * @param limit the longest one run may take, positive
   */
  public ZoneCheck(ZoneSource source, ZoneVerifier verifier, Duration limit, Clock clock) {
    this(source, verifier, limit, clock, OptionalLong.empty(), Optional.empty(), Optional.empty());
  }

  private ZoneCheck(
      ZoneSource source,
      ZoneVerifier verifier,
      Duration limit,
      Clock clock,
      OptionalLong expectedSerial,
      Optional<ZoneSource> good,
      Optional<ZoneAnchors> anchors) {
    this.source = requireNonNull(source, "source");
    this.verifier = requireNonNull(verifier, "verifier");
    this.limit = requireNonNull(limit, "limit");
    this.clock = requireNonNull(clock, "clock");
    this.expectedSerial = expectedSerial;
    this.good = good;
    this.anchors = anchors;
  }

  /** The same check, which also finds a zone of another serial number, such as a stale one. */
  public ZoneCheck expectingSerial(long serial) {
    return new ZoneCheck(source, verifier, limit, clock, OptionalLong.of(serial), good, anchors);
  }

  /**
   * The same check, which also finds a zone that is older than the copy, and names the first
   * differing records of a damaged one.
   */
  public ZoneCheck comparingWith(ZoneSource goodCopy) {
    return new ZoneCheck(
        source, verifier, limit, clock, expectedSerial, Optional.of(goodCopy), anchors);
  }

  /** The same check, which demands of the zone to be signed where DNS says so. */
  public ZoneCheck anchoredBy(ZoneAnchors zoneAnchors) {
    return new ZoneCheck(
        source, verifier, limit, clock, expectedSerial, good, Optional.of(zoneAnchors));
  }

  /**
   * Runs once. What goes wrong is a finding, never an exception; it ends within the limit, and at
   * once when the calling thread is interrupted.
   */
  public CheckReport run() {
    Instant start = clock.instant();
    FutureTask<List<Finding>> task = new FutureTask<>(new Run(Times.within(limit))::findings);
    Thread thread = new Thread(task, "dive-zone-check");
    thread.setDaemon(true);
    thread.start();
    List<Finding> findings;
    try {
      findings = task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      findings = List.of(timedOut());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      findings = List.of(timedOut());
    } catch (ExecutionException e) {
      findings = List.of(broken(e));
    } finally {
      task.cancel(true); // nobody waits for what is late
    }
    Instant end = clock.instant();
    return new CheckReport(end, Duration.between(start, end), findings);
  }

  private Finding timedOut() {
    return new Finding(
        FindingCode.CHECK_TIMED_OUT,
        source.toString(),
        "no result within " + limit.toMillis() + " ms",
        "Give the check of this zone more time (dive.zone.timeout), or a smaller zone.");
  }

  private Finding broken(ExecutionException e) {
    LOG.error("The check of {} broke", source, e);
    return new Finding(
        FindingCode.CHECK_BROKEN,
        source.toString(),
        "the check broke: " + Excerpt.of(String.valueOf(e.getCause())),
        e.getCause() instanceof OutOfMemoryError
            ? "Give the server more memory, or verify this zone elsewhere: `zonemd verify`."
            : "Report this with the stack trace in the log.");
  }

  /** The network ends before the whole, so that what is late is named by who waited for it. */
  private record Times(Deadline reading, Deadline anchoring, Deadline looking, Deadline comparing) {
    static Times within(Duration limit) {
      return new Times(share(limit, 80), share(limit, 88), share(limit, 92), share(limit, 97));
    }

    private static Deadline share(Duration limit, int percent) {
      return Deadline.in(limit.multipliedBy(percent).dividedBy(100));
    }
  }

  /** One run, on one thread. */
  private final class Run {
    private final Times times;
    private final List<Finding> findings = new ArrayList<>();

    Run(Times times) {
      this.times = times;
    }

    List<Finding> findings() {
      Zone zone;
      try {
        zone = source.read(times.reading());
      } catch (ZoneException e) {
        return List.of(unreachable(source, e));
      }
      Optional<ZoneAnchor> anchor = anchors.map(a -> a.of(zone.name(), times.anchoring()));
      ZoneResult result = verifierFor(anchor).verify(zone, times.looking());
      Optional<Zone> copy = copy();
      if (expectedSerial.isPresent() && expectedSerial.getAsLong() != zone.serial()) {
        addSerial(zone, expectedSerial.getAsLong() + " is expected");
      } else if (copy.isPresent() && zone.isBehind(copy.orElseThrow())) {
        addSerial(zone, copy.orElseThrow().source() + " has " + copy.orElseThrow().serial());
      }
      findings.add(judge(zone, result, anchor, copy));
      if (anchor.orElse(null) instanceof ZoneAnchor.Failed failed) {
        findings.add(notAnchored(zone, failed));
      }
      return findings;
    }

    private ZoneVerifier verifierFor(Optional<ZoneAnchor> anchor) {
      return anchor.orElse(null) instanceof ZoneAnchor.Secure secure
          ? ZoneVerifier.anchored(secure.anchors(), clock)
          : verifier;
    }

    private Optional<Zone> copy() {
      if (good.isEmpty()) {
        return Optional.empty();
      }
      try {
        return Optional.of(good.orElseThrow().read(times.comparing()));
      } catch (ZoneException e) {
        findings.add(unreachable(good.orElseThrow(), e));
        return Optional.empty();
      }
    }

    private void addSerial(Zone zone, String other) {
      findings.add(
          new Finding(
              FindingCode.ZONE_SERIAL_MISMATCH,
              source.toString(),
              "zone %s has serial %d, and %s".formatted(zone.name(), zone.serial(), other),
              "See that this server gets notified and can transfer the zone."));
    }
  }

  private Finding notAnchored(Zone zone, ZoneAnchor.Failed failed) {
    return new Finding(
        FindingCode.ZONE_NOT_ANCHORED,
        source.toString(),
        "whether zone %s has to be signed is not known: %s"
            .formatted(zone.name(), failed.sentence()),
        "See that the resolver answers, or name the zone's own DS or DNSKEY record in"
            + " dive.dns.trust-anchor.");
  }

  private static Finding unreachable(ZoneSource source, ZoneException e) {
    return new Finding(
        FindingCode.ZONE_UNREACHABLE,
        source.toString(),
        withoutName(source, String.valueOf(e.getMessage())),
        e.code() == ErrorCode.TOO_LARGE
            ? "Verify this zone on another machine with `zonemd verify`."
            : "See that the file or the server is there and gives the zone to this machine.");
  }

  /** Messages about a source begin with its name, and a finding has that as its subject. */
  private static String withoutName(ZoneSource source, String message) {
    String name = source.toString();
    return message.startsWith(name)
        ? message.substring(name.length()).replaceFirst("^:? ", "")
        : message;
  }

  private Finding judge(
      Zone zone, ZoneResult result, Optional<ZoneAnchor> anchor, Optional<Zone> copy) {
    if (result instanceof ZoneResult.Verified verified) {
      return Finding.ok(
          FindingCode.ZONE_VERIFIED, source.toString(), verified.sentence() + proof(anchor));
    } else if (result instanceof ZoneResult.NotVerifiable) {
      return new Finding(
          FindingCode.ZONE_NOT_VERIFIABLE,
          source.toString(),
          result.sentence(),
          "Add a ZONEMD record: `zonemd generate`, or the option of the zone's signer.");
    }
    ZoneResult.Failed failed = (ZoneResult.Failed) result;
    List<String> sentences = new ArrayList<>(List.of(failed.sentence()));
    sentences.addAll(failed.details());
    copy.ifPresent(c -> sentences.addAll(ZoneVerifier.differences(zone, c)));
    return new Finding(
        code(failed.failure()), source.toString(), String.join("; ", sentences), remedy(failed));
  }

  private static String proof(Optional<ZoneAnchor> anchor) {
    return anchor.orElse(null) instanceof ZoneAnchor.Insecure insecure
        ? "; " + insecure.sentence()
        : "";
  }

  private static FindingCode code(ZoneResult.Failure failure) {
    return switch (failure) {
      case DIGEST_MISMATCH, ZONEMD_REMOVED -> FindingCode.ZONE_DAMAGED;
      case SERIAL_MISMATCH -> FindingCode.ZONE_SERIAL_MISMATCH;
      case SIGNATURE_INVALID -> FindingCode.ZONE_SIGNATURE_INVALID;
    };
  }

  private static String remedy(ZoneResult.Failed failed) {
    return switch (failed.failure()) {
      case DIGEST_MISMATCH, ZONEMD_REMOVED ->
          "Let the server transfer the whole zone again, and compare it with the publisher's.";
      case SERIAL_MISMATCH -> "Make the ZONEMD record anew after each change of the serial number.";
      case SIGNATURE_INVALID ->
          "Sign the zone again, and see that clock, keys and trust anchor are right.";
    };
  }
}
