// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;

/**
 * The stored signatures that were found unusable last, for health. Safe for use by many threads.
 */
public final class UnusableSidecars {
  private final KnownFaults<Entry> faults = new KnownFaults<>();
  private final Clock clock;

  /**
   * One of them.
   *
   * @param source the sidecar or {@code signatures.json}; the served file where it is its entry
   *     there
   * @param remedy what to do
   * @param found when this was found
   */
  public record Entry(Path source, UnusableReason reason, String remedy, Instant found) {
    /** No component may be null. */
    public Entry {
      requireNonNull(source, "source");
      requireNonNull(reason, "reason");
      requireNonNull(remedy, "remedy");
      requireNonNull(found, "found");
    }
  }

  private record Cause(SeenFile seen, Unusable verdict) {}

  /** None yet. */
  public UnusableSidecars(Clock clock) {
    this.clock = requireNonNull(clock, "clock");
  }

  /**
   * Adds some, unless they are known.
   *
   * @param seen what was read
   */
  void note(Path source, SeenFile seen, Unusable verdict, String remedy) {
    faults.note(
        source,
        new Cause(seen, verdict),
        () -> seen.isStillSo() && !(isUnreadable(verdict) && canRead(seen.path())),
        new Entry(source, verdict.reason(), remedy, clock.instant()));
  }

  private static boolean isUnreadable(Unusable verdict) {
    return verdict.reason() == UnusableReason.UNREADABLE;
  }

  /** Permissions change without a new state. */
  private static boolean canRead(Path path) {
    try (InputStream in = Files.newInputStream(path)) {
      in.read();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Removes what was read well now. */
  void clear(Path source) {
    faults.clear(source);
  }

  /**
   * Those found last, at most 100, the latest last. Reads the attributes of each, and leaves out
   * those that have changed, have become readable or are gone since.
   */
  public List<Entry> list() {
    return faults.list();
  }
}
