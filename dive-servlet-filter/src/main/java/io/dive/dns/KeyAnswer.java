// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What {@link KeyLookup} finds for a key. */
public sealed interface KeyAnswer {
  /** Why a key is unusable although something was found, or was not looked for. */
  enum Flaw {
    /** No record at the name is a key record. */
    MALFORMED,
    /** More than one key record at the name (decision 11). */
    AMBIGUOUS,
    /** A record that was not validated, of a revision where that makes the key invalid. */
    INSECURE,
    /** The {@code @fqdn} is neither the host nor one of its parents; nothing was asked. */
    NOT_A_PARENT
  }

  /** The owner names that were asked for, in order. */
  List<String> queried();

  /**
   * A validated key record.
   *
   * @param level the domain that publishes it
   * @param ttl as DNS gave it, not the record's {@code cache}
   * @param signatureExpires when the first of the RRSIGs over the record ends
   */
  record Found(
      KeyRecord key,
      Fqdn level,
      Duration ttl,
      Optional<Instant> signatureExpires,
      List<String> queried)
      implements KeyAnswer {
    /** Copies the list. */
    public Found {
      requireNonNull(key, "key");
      requireNonNull(level, "level");
      requireNonNull(ttl, "ttl");
      requireNonNull(signatureExpires, "signatureExpires");
      queried = List.copyOf(queried);
    }
  }

  /**
   * No key record at any level.
   *
   * @param insecureSeen whether a record was passed over because it was not validated (decision 34)
   * @param proven whether DNSSEC proves the absence at every level
   */
  record Absent(boolean insecureSeen, boolean proven, List<String> queried) implements KeyAnswer {
    /** Copies the list. */
    public Absent {
      queried = List.copyOf(queried);
    }
  }

  /**
   * A key that breaks the rules.
   *
   * @param sentence the problem, for people
   */
  record Invalid(Flaw flaw, String sentence, List<String> queried) implements KeyAnswer {
    /** Copies the list. */
    public Invalid {
      requireNonNull(flaw, "flaw");
      requireNonNull(sentence, "sentence");
      queried = List.copyOf(queried);
    }
  }

  /**
   * A level gave no answer that could be judged, so the walk stopped (decision 22).
   *
   * @param code as in {@link TxtAnswer.Failed}
   * @param sentence the problem, for people
   */
  record Failed(ErrorCode code, String sentence, List<String> queried) implements KeyAnswer {
    /** Copies the list. */
    public Failed {
      requireNonNull(code, "code");
      requireNonNull(sentence, "sentence");
      queried = List.copyOf(queried);
    }
  }
}
