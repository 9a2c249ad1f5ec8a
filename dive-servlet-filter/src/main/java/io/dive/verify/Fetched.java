// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.HeaderField;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * What {@link DiveClient} did.
 *
 * @param url the last one, after redirects
 * @param status the HTTP status; empty when the verdict forbade to ask
 * @param fields the response's header field lines
 * @param bodyBytes length of the body as received
 * @param written whether the target file now holds the body
 * @param reportDelivered whether the report was taken; empty when none was due
 */
public record Fetched(
    URI url,
    Optional<Integer> status,
    List<HeaderField> fields,
    long bodyBytes,
    Outcome outcome,
    boolean written,
    Optional<Boolean> reportDelivered) {
  /** Copies the list. */
  public Fetched {
    requireNonNull(url, "url");
    requireNonNull(status, "status");
    fields = List.copyOf(fields);
    requireNonNull(outcome, "outcome");
    requireNonNull(reportDelivered, "reportDelivered");
  }
}
