// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static java.util.Objects.requireNonNull;

import io.dive.dns.Deadline;
import io.dive.protocol.ErrorCode;
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

/**
 * Verifies a whole zone, from a file or a server, by its ZONEMD record (RFC 8976), to find what was
 * damaged on its way to a secondary. Immutable, safe for use by many threads.
 */
public final class ZoneCheck {
  private final ZoneSource source;
  private final ZoneVerifier verifier;
  private final Duration limit;
  private final Clock clock;
  private final OptionalLong expectedSerial;
  private final Optional<ZoneSource> good;

  /**
   * A check of one zone.
   *
   * @param limit the longest one run may take, positive
   */
  public ZoneCheck(ZoneSource source, ZoneVerifier verifier, Duration limit, Clock clock) {
    this(source, verifier, limit, clock, OptionalLong.empty(), Optional.empty());
  }

  private ZoneCheck(
      ZoneSource source,
      ZoneVerifier verifier,
      Duration limit,
      Clock clock,
      OptionalLong expectedSerial,
      Optional<ZoneSource> good) {
    this.source = requireNonNull(source, "source");
    this.verifier = requireNonNull(verifier, "verifier");
    this.limit = requireNonNull(limit, "limit");
    this.clock = requireNonNull(clock, "clock");
    this.expectedSerial = expectedSerial;
    this.good = good;
  }

  /** The same check, which also finds a zone of another serial number, such as a stale one. */
  public ZoneCheck expectingSerial(long serial) {
    return new ZoneCheck(source, verifier, limit, clock, OptionalLong.of(serial), good);
  }

  /** The same check, which names the first differing records of a damaged zone. */
  public ZoneCheck comparingWith(ZoneSource goodCopy) {
    return new ZoneCheck(source, verifier, limit, clock, expectedSerial, Optional.of(goodCopy));
  }

  /**
   * Runs once. What could not be read is a finding, never an exception; the run ends within the
   * limit.
   */
  public CheckReport run() {
    Instant start = clock.instant();
    // The network ends before the whole, so that what is late is named by who waited for it.
    Deadline reading = Deadline.in(limit.multipliedBy(8).dividedBy(10));
    Deadline looking = Deadline.in(limit.multipliedBy(9).dividedBy(10));
    FutureTask<List<Finding>> task = new FutureTask<>(() -> findings(reading, looking));
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
      throw new IllegalStateException("the check of " + source + " broke", e.getCause());
    }
    Instant end = clock.instant();
    return new CheckReport(end, Duration.between(start, end), findings);
  }

  private Finding timedOut() {
    return new Finding(
        FindingCode.CHECK_TIMED_OUT,
        source.toString(),
        "no result within " + limit.toMillis() + " ms",
        "Give the check of this zone more time, or a smaller zone.");
  }

  private List<Finding> findings(Deadline reading, Deadline looking) {
    Zone zone;
    try {
      zone = source.read(reading);
    } catch (ZoneException e) {
      return List.of(unreachable(e));
    }
    ZoneResult result = verifier.verify(zone, looking);
    List<Finding> findings = new ArrayList<>();
    if (expectedSerial.isPresent() && expectedSerial.getAsLong() != zone.serial()) {
      findings.add(
          new Finding(
              FindingCode.ZONE_SERIAL_MISMATCH,
              source.toString(),
              "zone %s has serial %d, and %d is expected"
                  .formatted(zone.name(), zone.serial(), expectedSerial.getAsLong()),
              "See that this server gets notified and can transfer the zone."));
    }
    findings.add(judge(zone, result, reading));
    return findings;
  }

  private Finding unreachable(ZoneException e) {
    return new Finding(
        FindingCode.ZONE_UNREACHABLE,
        source.toString(),
        String.valueOf(e.getMessage()),
        e.code() == ErrorCode.TOO_LARGE
            ? "Verify this zone on another machine with `zonemd verify`."
            : "See that the file or the server is there and gives the zone to this machine.");
  }

  private Finding judge(Zone zone, ZoneResult result, Deadline reading) {
    if (result instanceof ZoneResult.Verified verified) {
      return Finding.ok(FindingCode.ZONE_VERIFIED, source.toString(), verified.sentence());
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
    sentences.addAll(differences(zone, reading));
    return new Finding(
        code(failed.failure()), source.toString(), String.join("; ", sentences), remedy(failed));
  }

  private List<String> differences(Zone zone, Deadline reading) {
    if (good.isEmpty()) {
      return List.of();
    }
    try {
      return ZoneVerifier.differences(zone, good.orElseThrow().read(reading));
    } catch (ZoneException e) {
      return List.of("no comparison: " + e.getMessage());
    }
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
