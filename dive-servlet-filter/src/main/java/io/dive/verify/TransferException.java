// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.Serial;

/** A response that could not be had, so that there is nothing to judge. */
public final class TransferException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  /** What went wrong. */
  public enum Reason {
    /** The URL, or its combination with the settings, cannot be fetched. */
    URL_NOT_SUPPORTED("url-not-supported"),
    /** No connection, or no response on it. */
    CONNECT_FAILED("connect-failed"),
    /** The time limit is over. */
    TIMEOUT("timeout"),
    /** The body ended early. */
    TRUNCATED("truncated"),
    /** The body is longer than allowed. */
    BODY_TOO_LARGE("body-too-large"),
    /** More redirects than allowed. */
    TOO_MANY_REDIRECTS("too-many-redirects"),
    /** A redirect that cannot or must not be followed, such as one from https to http. */
    REDIRECT_REFUSED("redirect-refused");

    private final String token;

    Reason(String token) {
      this.token = token;
    }

    /** Lower-case kebab name, stable over releases. */
    public String token() {
      return token;
    }
  }

  private final Reason reason;

  TransferException(Reason reason, String message) {
    super(message);
    this.reason = requireNonNull(reason, "reason");
  }

  /** What went wrong. */
  public Reason reason() {
    return reason;
  }
}
