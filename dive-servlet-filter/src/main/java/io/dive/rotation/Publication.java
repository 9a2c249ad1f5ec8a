// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.dns.RecordChange;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.RotationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Changes of DNS, each made whatever becomes of the others: they may be in zones of which one
 * cannot be reached. For one attempt.
 */
final class Publication {
  private final Run run;
  private final List<RecordChange> changes = new ArrayList<>();
  private final List<DiveException> failures = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();

  Publication(Run run) {
    this.run = run;
  }

  /** Works out a change. */
  @FunctionalInterface
  interface Source {
    RecordChange change() throws DiveException;
  }

  /** Adds a change; that it cannot be worked out is a failure of its own. */
  Publication add(Source source) throws DiveException {
    attempt(() -> changes.add(source.change()));
    return this;
  }

  /** Has changes made that do not show yet, and looks which then show at every server. */
  Publication publish() throws DiveException {
    List<RecordChange> made = new ArrayList<>();
    for (RecordChange change : changes) {
      attempt(
          () -> {
            make(change);
            made.add(change);
          });
    }
    for (RecordChange change : made) {
      attempt(() -> run.zones.notYet(change).ifPresent(missing::add));
    }
    return this;
  }

  /** One of the things to do. */
  @FunctionalInterface
  private interface Attempt {
    void run() throws DiveException;
  }

  private void attempt(Attempt attempt) throws DiveException {
    try {
      attempt.run();
    } catch (DiveException e) {
      if (e.code() == ErrorCode.ROTATION_STATE_UNUSABLE) {
        throw e;
      }
      failures.add(e);
    }
  }

  private void make(RecordChange change) throws DiveException {
    if (run.zones.notYet(change).isEmpty() || run.said.hasRequested(change)) {
      return;
    }
    RecordPublisher publisher = run.setup.publisher;
    if (publisher.isByHand()) {
      publisher.publish(change);
    } else {
      String what =
          change.after().isEmpty()
              ? "remove the record at " + change.owner()
              : (change.before().isEmpty() ? "publish " : "change ") + change.owner();
      run.said.starting(change, what);
      publisher.publish(change);
      run.said.done(change, what);
    }
    run.said.requested(change);
  }

  /** What is missing until each change shows at every server, the failures included. */
  Optional<String> missing() {
    List<String> all =
        Stream.concat(missing.stream(), failures.stream().map(e -> String.valueOf(e.getMessage())))
            .distinct()
            .toList();
    return all.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", all));
  }

  /**
   * Ends the run with the failures, if one is there that waiting does not cure.
   *
   * @throws DiveException the failure; of several, one that names all
   */
  Publication requirePassing() throws DiveException {
    Optional<DiveException> lasting = failures.stream().filter(e -> !mayPass(e)).findFirst();
    if (lasting.isPresent() && failures.size() == 1) {
      throw lasting.orElseThrow();
    } else if (lasting.isPresent()) {
      throw new RotationException(
          lasting.orElseThrow().code(), missing().orElseThrow(), lasting.orElseThrow());
    }
    return this;
  }

  /** An update server that fails or is away may be back later, as any other. */
  private static boolean mayPass(DiveException e) {
    return Waiting.mayPass(e) || e.code() == ErrorCode.UPDATE_FAILED;
  }
}
