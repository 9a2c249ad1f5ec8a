// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.BodyDigest;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.FailureReason;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import java.util.List;
import java.util.Optional;

/** What verification says about a response. What is then done is the {@link Decision}. */
public sealed interface Verdict {
  /**
   * A signature is right.
   *
   * @param key as the response names it
   * @param hash the digest algorithm under the signature
   * @param version the revision that was applied
   */
  record Accepted(KeyReference key, HashAlgorithm hash, ProtocolVersion version)
      implements Verdict {
    /** No component may be null. */
    public Accepted {
      requireNonNull(key, "key");
      requireNonNull(hash, "hash");
      requireNonNull(version, "version");
    }
  }

  /**
   * The response is covered, and no signature is right.
   *
   * @param sentence what is wrong, for people
   * @param tried one entry per signature, in the order tried; empty when the fields already fail
   * @param computed the body's digest in the last attempt; empty when there was none
   */
  record Rejected(
      FailureDetail detail,
      String sentence,
      ProtocolVersion version,
      List<KeyResolution> tried,
      Optional<BodyDigest> computed)
      implements Verdict {
    /** Copies the list. */
    public Rejected {
      requireNonNull(detail, "detail");
      requireNonNull(sentence, "sentence");
      requireNonNull(version, "version");
      tried = List.copyOf(tried);
      requireNonNull(computed, "computed");
    }

    /** The drafts' word. */
    public FailureReason reason() {
      return detail.reason();
    }
  }

  /**
   * DIVE does not apply.
   *
   * @param sentence why, for people
   */
  record NotCovered(NotCoveredCause cause, String sentence) implements Verdict {
    /** No component may be null. */
    public NotCovered {
      requireNonNull(cause, "cause");
      requireNonNull(sentence, "sentence");
    }
  }

  /**
   * The policy could not be looked up, so nobody knows whether DIVE applies (decision 22).
   *
   * @param code one of the {@code DNS_} codes
   * @param sentence what happened, for people
   */
  record Undecided(ErrorCode code, String sentence) implements Verdict {
    /** No component may be null. */
    public Undecided {
      requireNonNull(code, "code");
      requireNonNull(sentence, "sentence");
    }
  }

  /**
   * The URL is plain HTTP and the policy forbids that (decision 35).
   *
   * @param level whose policy it is
   */
  record HttpsRequired(Fqdn level) implements Verdict {
    /** No component may be null. */
    public HttpsRequired {
      requireNonNull(level, "level");
    }
  }
}
