// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ErrorCode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The answer to a {@link TxtLookup}. */
public sealed interface TxtAnswer {
  /**
   * There are TXT records.
   *
   * @param values one per record, its character-strings joined without separator (decision 11), one
   *     character per octet, so that an octet above 127 stays visible as an illegal character
   * @param ttl the smallest of the records' and their CNAMEs'
   * @param owner where the records stand; not the name that was asked for if CNAMEs were followed
   * @param signatureExpires when the first of the RRSIGs over the records ends; empty without RRSIG
   */
  record Found(
      List<String> values,
      DnssecStatus status,
      Duration ttl,
      String owner,
      Optional<Instant> signatureExpires)
      implements TxtAnswer {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there is no value
     */
    public Found {
      values = List.copyOf(values);
      if (values.isEmpty()) {
        throw new IllegalArgumentException("found nothing");
      }
      requireNonNull(status, "status");
      requireNonNull(ttl, "ttl");
      requireNonNull(owner, "owner");
      requireNonNull(signatureExpires, "signatureExpires");
    }
  }

  /**
   * There is no TXT record.
   *
   * @param status {@code SECURE} if that is proven
   * @param nameExists whether the name has records of another type (NODATA) or does not exist
   *     (NXDOMAIN)
   */
  record Absent(DnssecStatus status, boolean nameExists) implements TxtAnswer {
    /** No component may be null. */
    public Absent {
      requireNonNull(status, "status");
    }
  }

  /**
   * No answer that could be judged.
   *
   * @param code one of the {@code DNS_} codes: no usable answer, or one that {@link
   *     ErrorCode#failsValidation}
   * @param sentence what happened, for people
   */
  record Failed(ErrorCode code, String sentence) implements TxtAnswer {
    /** No component may be null. */
    public Failed {
      requireNonNull(code, "code");
      requireNonNull(sentence, "sentence");
    }
  }
}
