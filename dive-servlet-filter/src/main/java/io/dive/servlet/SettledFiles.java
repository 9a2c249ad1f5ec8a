// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.servlet.FileSignatures.Signed;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The files of one host that went out as the container sends them ({@link DirectAnswers}), so that
 * the next request for one costs one look at the file at most, and nothing else. What was found out
 * about the rest of it, the sidecar above all, holds as long as the full look at the file does,
 * which is a second. Safe for use by many threads.
 */
final class SettledFiles {
  /**
   * One look serves all requests of such a time whose fields join. The head, too, tells a file of
   * another length or of another time, to the second. One that has both of the file before it, and
   * comes within that time, goes out under the signature of the other and is refused by clients; it
   * can come between a look and the container's reading in any case, where a thread may have to
   * wait for longer.
   */
  private static final long LOOK_NANOS = FileMapping.LOOK_TIME.toNanos();

  private final PathSlots<Settled> files = new PathSlots<>();
  private final LongSupplier nanoTime;

  SettledFiles(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** One of them. */
  final class Settled {
    private final FileMapping mapping;
    private final FileMapping.Located located;
    private final FileAnswer answer;
    private final Signed signed;
    private final Optional<JoiningFields> joining;
    private volatile long lookedAt;

    private Settled(
        FileMapping mapping,
        FileMapping.Located located,
        FileAnswer answer,
        Signed signed,
        Optional<JoiningFields> joining) {
      this.mapping = mapping;
      this.located = located;
      this.answer = answer;
      this.signed = signed;
      this.joining = joining;
      this.lookedAt = located.nanos();
    }

    /**
     * Lets the fields join the response to another request, before the chain makes it.
     *
     * @return false if something about the file may have changed, the request wants more of it, or
     *     the fields cannot join; nothing was done then
     */
    boolean join(HttpServletRequest request) {
      return joining.isPresent() && isStillSo() && answer.join(joining.get(), request);
    }

    /**
     * Sends the file where its fields are set on the response, which cannot join.
     *
     * @return false as above
     */
    boolean sendDirectly(
        HttpServletRequest request, HttpServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      boolean sends = joining.isEmpty() && DirectAnswers.isPlain(request) && isStillSo();
      if (sends) {
        answer.sendDirectly(signed, false, request, response, chain);
      }
      return sends;
    }

    private boolean isStillSo() {
      long now = nanoTime.getAsLong();
      if (joining.isPresent() && now - lookedAt < LOOK_NANOS) {
        return true;
      }
      boolean still = mapping.isStillSo(located);
      if (still) {
        lookedAt = now;
      }
      return still;
    }
  }

  /**
   * The file for a path as it was sent, which tells the path within the web application; null where
   * none is known under it.
   */
  @Nullable Settled find(String rawUri) {
    return files.find(rawUri);
  }

  /**
   * Remembers a file that was looked up and is about to be sent directly.
   *
   * @param rawUri the path as it was sent: other spellings of it are looked at themselves
   * @param joining how the fields join a response; empty if they are set on it
   */
  void keep(
      String rawUri,
      FileMapping mapping,
      FileMapping.Located located,
      FileAnswer answer,
      Signed signed,
      Optional<JoiningFields> joining) {
    files.keep(rawUri, new Settled(mapping, located, answer, signed, joining));
  }
}
