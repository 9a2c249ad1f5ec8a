// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.io.IOException;
import java.io.Serial;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.xbill.DNS.Message;

/** A way to one server. Its name in messages is its string. Safe for use by many threads. */
interface Transport {
  /** An answer that UDP cut off, which cannot be had whole either. */
  final class TruncatedException extends IOException {
    @Serial private static final long serialVersionUID = 1;

    TruncatedException(Throwable cause) {
      super(cause);
    }
  }

  /** An answer that is not DNS over HTTPS, with a message for people. */
  final class UnusableException extends IOException {
    @Serial private static final long serialVersionUID = 1;

    UnusableException(String message) {
      super(message);
    }
  }

  /**
   * Sends one question once. The answer is complete and answers this question.
   *
   * @param query with all its flags and its OPT record
   * @param timeout after which the future ends exceptionally, whatever the server does
   */
  CompletableFuture<Message> send(Message query, Duration timeout, Executor executor);

  /** Whether the server's identity is proven and nobody can change its answers on the way. */
  boolean isAuthenticated();

  /** Makes sure that a message answers the query. */
  static Message matched(Message query, Message response) throws IOException {
    if (response.getHeader().getID() != query.getHeader().getID()
        || !query.getQuestion().equals(response.getQuestion())) {
      throw new UnusableException("the answer is to another question");
    }
    return response;
  }
}
