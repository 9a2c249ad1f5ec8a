// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.rotation.RotationState.RevocationPhase;
import io.dive.rotation.RotationState.Revoked;
import io.dive.rotation.RotationState.Running;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a state says is under way, in words. */
final class UnderWay {
  private UnderWay() {}

  static List<Progress.Awaited> of(RotationState state, Instant now) {
    List<Progress.Awaited> underWay = new ArrayList<>();
    state
        .running()
        .filter(running -> revocationOf(state, running).isEmpty())
        .ifPresent(
            running ->
                underWay.add(
                    new Progress.Awaited(
                        "rotation from %s to %s under way, step %s"
                            .formatted(
                                running.oldKey(),
                                running.newKey(),
                                RotationStateJson.word(running.phase())),
                        running.due(),
                        false)));
    for (Revoked revoked : state.revocations()) {
      if (revoked.phase() != RevocationPhase.OVER) {
        underWay.add(of(state, revoked, now));
      }
    }
    return List.copyOf(underWay);
  }

  /** The revocation that a rotation is the first step of. */
  private static Optional<Revoked> revocationOf(RotationState state, Running running) {
    return state
        .revocation(running.oldKey())
        .filter(revoked -> revoked.phase() == RevocationPhase.REPLACE);
  }

  private static Progress.Awaited of(RotationState state, Revoked revoked, Instant now) {
    String sentence = sentence(state, revoked);
    if (revoked.isProtected(now)) {
      return new Progress.Awaited(
          sentence + ": protected already, only clean-up is left", revoked.due(), true);
    }
    Optional<Instant> until =
        switch (revoked.phase()) {
          case REPLACE -> replacement(state, revoked).flatMap(Running::due);
          case KEEP -> Optional.of(revoked.invalidate()).filter(now::isBefore);
          default -> Optional.empty();
        };
    return new Progress.Awaited(sentence, until, false);
  }

  static String sentence(RotationState state, Revoked revoked) {
    return "revocation of %s under way, step %s%s"
        .formatted(
            revoked.key(),
            RotationStateJson.word(revoked.phase()),
            replacement(state, revoked)
                .map(
                    running ->
                        " (by %s, which is at step %s)"
                            .formatted(running.newKey(), RotationStateJson.word(running.phase())))
                .orElse(""));
  }

  private static Optional<Running> replacement(RotationState state, Revoked revoked) {
    return state
        .running()
        .filter(running -> revocationOf(state, running).filter(revoked::equals).isPresent());
  }
}
