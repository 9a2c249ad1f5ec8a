// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import io.dive.protocol.ErrorCode;
import java.io.IOException;
import java.io.Serial;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import org.xbill.DNS.Message;

/**
 * One look-up on its way. The validator asks further questions for it (DS, DNSKEY) and hands the
 * executor of the first on to each of them, so the executor is where they find their common
 * deadline and where they leave word when one of them fails: the validator may otherwise turn such
 * a failure into "bogus" or even "insecure".
 */
final class Inquiry implements Executor {
  /** An upstream that gave no usable answer. */
  static final class UpstreamException extends IOException {
    @Serial private static final long serialVersionUID = 1;

    private final ErrorCode code;

    UpstreamException(ErrorCode code, String sentence) {
      super(sentence);
      this.code = code;
    }

    ErrorCode code() {
      return code;
    }

    String sentence() {
      return String.valueOf(getMessage());
    }

    TxtAnswer.Failed answer() {
      return new TxtAnswer.Failed(code, sentence());
    }
  }

  private final Deadline deadline;
  private volatile Optional<UpstreamException> failure = Optional.empty();

  private final Queue<Message> answers = new ConcurrentLinkedQueue<>();

  Inquiry(Deadline deadline) {
    this.deadline = deadline;
  }

  Duration remaining() {
    return deadline.remaining();
  }

  /** Leaves word that a question got no usable answer. */
  UpstreamException failed(ErrorCode code, String sentence) {
    UpstreamException exception = new UpstreamException(code, sentence);
    failure = Optional.of(exception);
    return exception;
  }

  /** Keeps an answer, to find out later why it failed validation. */
  void received(Message answer) {
    answers.add(answer);
  }

  /** In the order in which they came. */
  List<Message> answers() {
    return List.copyOf(answers);
  }

  Optional<UpstreamException> failure() {
    return failure;
  }

  @Override
  public void execute(Runnable task) {
    ForkJoinPool.commonPool().execute(task);
  }
}
