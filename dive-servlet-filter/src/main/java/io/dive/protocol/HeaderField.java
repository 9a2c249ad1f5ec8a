// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

/** One header field line, ready to be set. */
public record HeaderField(String name, String value) {
  /** No component may be null. */
  public HeaderField {
    requireNonNull(name, "name");
    requireNonNull(value, "value");
  }
}
