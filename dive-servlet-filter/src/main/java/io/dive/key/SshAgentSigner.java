// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has an ssh-agent sign, over one connection that is made when first needed and made anew after a
 * failure. The agent's signatures are verified before anybody sees them. After a failure, signing
 * fails at once for a moment, so that requests do not all wait for an agent that is gone. Safe for
 * use by many threads; the agent itself does one thing at a time.
 *
 * @see "draft-miller-ssh-agent-04"
 */
final class SshAgentSigner implements RemoteSigner {
  private static final Logger LOG = LoggerFactory.getLogger(SshAgentSigner.class);

  /** How long signing fails at once after a failure. */
  static final Duration BACK_OFF = Duration.ofSeconds(1);

  private static final int FAILURE = 5;
  private static final int REQUEST_IDENTITIES = 11;
  private static final int IDENTITIES_ANSWER = 12;
  private static final int SIGN_REQUEST = 13;
  private static final int SIGN_RESPONSE = 14;

  private final KeyReference key;
  private final RawPublicKey publicKey;
  private final byte[] keyBlob;
  private final SshAgent agent;
  private final LongSupplier nanoTime;

  /** Whoever holds it may use the connection. */
  private final ReentrantLock lock = new ReentrantLock(true);

  private @Nullable AgentConnection connection;
  private boolean closed;
  private volatile @Nullable Failure failure;

  /** What went wrong last, if nothing has gone right since. */
  private record Failure(long at, ErrorCode code, String message) {
    KeyMaterialException exception() {
      return new KeyMaterialException(code, message);
    }
  }

  /** Something to ask of the agent until a deadline. */
  private interface Question<T> {
    T ask(long deadline) throws IOException, KeyMaterialException;
  }

  /**
   * A signer that is not connected yet.
   *
   * @param nanoTime measures the time since a failure, as {@link System#nanoTime} does
   */
  SshAgentSigner(KeyReference key, RawPublicKey publicKey, SshAgent agent, LongSupplier nanoTime) {
    this.key = requireNonNull(key, "key");
    this.publicKey = requireNonNull(publicKey, "publicKey");
    this.keyBlob = SshFields.publicKey(publicKey);
    this.agent = requireNonNull(agent, "agent");
    this.nanoTime = requireNonNull(nanoTime, "nanoTime");
  }

  @Override
  public KeyReference key() {
    return key;
  }

  @Override
  public RawPublicKey publicKey() {
    return publicKey;
  }

  @Override
  public Bytes sign(byte[] message) throws KeyMaterialException {
    requireNonNull(message, "message");
    return ask(false, deadline -> signature(message, deadline));
  }

  @Override
  public void probe() throws KeyMaterialException {
    ask(true, this::requireKey);
  }

  /**
   * Asks, and remembers how that went.
   *
   * @param patient whether to ask although it has just failed, or although another thread is trying
   *     after a failure
   */
  private <T> T ask(boolean patient, Question<T> question) throws KeyMaterialException {
    Failure before = failure;
    if (!patient) {
      requireNoRecentFailure();
    }
    acquire(patient || before == null ? agent.timeout() : Duration.ZERO);
    try {
      if (closed) {
        throw new KeyMaterialException(ErrorCode.SIGNER_UNAVAILABLE, "the signer is closed");
      }
      if (!patient) {
        requireNoRecentFailure();
      }
      // The agent has its whole time: who waits long for others says nothing about it.
      return attempt(question, System.nanoTime() + agent.timeout().toNanos());
    } finally {
      lock.unlock();
    }
  }

  private void requireNoRecentFailure() throws KeyMaterialException {
    Failure last = failure;
    if (last != null && nanoTime.getAsLong() - last.at() < BACK_OFF.toNanos()) {
      throw last.exception();
    }
  }

  private void acquire(Duration wait) throws KeyMaterialException {
    boolean acquired;
    try {
      acquired = lock.tryLock(wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw interrupted();
    }
    Failure last = failure;
    if (!acquired) {
      throw last != null
          ? last.exception()
          : unavailable("is busy with other requests; raise the time limit or sign beforehand");
    }
  }

  private <T> T attempt(Question<T> question, long deadline) throws KeyMaterialException {
    boolean answered = false;
    try {
      T answer = question.ask(deadline);
      answered = true;
      failure = null;
      return answer;
    } catch (ClosedByInterruptException e) {
      throw interrupted(); // which says nothing about the agent
    } catch (IOException e) {
      throw remembered(unavailable(whatAndRemedy(e)));
    } catch (KeyMaterialException e) {
      throw remembered(e);
    } finally {
      if (!answered) {
        disconnect();
      }
    }
  }

  private KeyMaterialException remembered(KeyMaterialException e) {
    failure = new Failure(nanoTime.getAsLong(), e.code(), String.valueOf(e.getMessage()));
    return e;
  }

  private Bytes signature(byte[] message, long deadline) throws IOException, KeyMaterialException {
    byte[] request =
        ByteBuffer.allocate(1 + 3 * Integer.BYTES + keyBlob.length + message.length)
            .put((byte) SIGN_REQUEST)
            .putInt(keyBlob.length)
            .put(keyBlob)
            .putInt(message.length)
            .put(message)
            .putInt(0) // no flags
            .array();
    SshFields answer = new SshFields(exchange(request, deadline));
    int type = answer.uint8();
    if (type == FAILURE) {
      requireKey(deadline);
      throw unavailable(
          "has the key but refuses to sign; load it without confirmation (ssh-add -c) and without"
              + " destination constraints (ssh-add -h)");
    }
    requireType(SIGN_RESPONSE, type);
    Bytes signature = SshFields.signature(answer.string());
    answer.end();
    if (!SignatureVerifier.verify(publicKey, message, signature)) {
      throw new KeyMaterialException(
          ErrorCode.SIGNING_FAILED,
          "%s gave a signature that the public half of key %s does not confirm; check the agent"
              .formatted(where(), key));
    }
    return signature;
  }

  /** How many keys the agent has; ours is among them. */
  private int requireKey(long deadline) throws IOException, KeyMaterialException {
    SshFields answer = new SshFields(exchange(new byte[] {(byte) REQUEST_IDENTITIES}, deadline));
    int type = answer.uint8();
    if (type == FAILURE) {
      throw unavailable("does not tell its keys; unlock it with ssh-add -X");
    }
    requireType(IDENTITIES_ANSWER, type);
    long count = answer.uint32();
    boolean found = false;
    for (long i = 0; i < count; i++) {
      found |= Arrays.equals(keyBlob, answer.string());
      answer.string(); // the comment
    }
    answer.end();
    if (!found) {
      throw unavailable(
          count == 0
              ? "has no keys, or is locked; load the private key with ssh-add, or unlock it with"
                  + " ssh-add -X"
              : "has other keys but not %s (as ssh-add -l prints it); load it with ssh-add"
                  .formatted(fingerprint()));
    }
    return (int) count;
  }

  private static void requireType(int expected, int type) throws ProtocolException {
    if (type != expected) {
      throw new ProtocolException("a message of type %d, not %d".formatted(type, expected));
    }
  }

  /** Over the connection there is, or a new one where that turns out to have ended meanwhile. */
  private byte[] exchange(byte[] request, long deadline) throws IOException {
    AgentConnection kept = connection;
    if (kept != null) {
      try {
        return kept.exchange(request, deadline);
      } catch (SocketTimeoutException | ProtocolException | ClosedByInterruptException e) {
        throw e;
      } catch (IOException e) {
        disconnect(); // the agent may have been started anew
      }
    }
    AgentConnection opened = AgentConnection.open(agent.socket(), deadline);
    connection = opened;
    return opened.exchange(request, deadline);
  }

  private void disconnect() {
    AgentConnection given = connection;
    connection = null;
    if (given != null) {
      try {
        given.close();
      } catch (IOException e) {
        LOG.debug("{}: {}", where(), e.toString()); // nothing more can be done
      }
    }
  }

  @Override
  public void close() {
    lock.lock(); // nobody holds it for longer than the time limit
    try {
      closed = true;
      disconnect();
    } finally {
      lock.unlock();
    }
  }

  private String whatAndRemedy(IOException e) {
    Path socket = agent.socket();
    if (e instanceof SocketTimeoutException) {
      return "did not answer within %d ms; look whether it hangs or waits for a confirmation"
          .formatted(agent.timeout().toMillis());
    }
    if (e instanceof ProtocolException) {
      return "answered what no ssh-agent answers (%s); check the path of the socket"
          .formatted(e.getMessage());
    }
    if (Files.notExists(socket)) {
      return "is not there: the socket does not exist; start the agent with ssh-agent -a " + socket;
    }
    if (e instanceof ConnectException) {
      return "is not there: nobody listens at the socket; start the agent anew";
    }
    if (!Files.isReadable(socket) || !Files.isWritable(socket)) {
      return "is closed to the user this process runs as; run both as the same user";
    }
    // One of another user ends the connection without a word.
    return "cannot be talked to (%s); run it as the same user as this process, and check it with"
            .formatted(e.getMessage())
        + " SSH_AUTH_SOCK=%s ssh-add -l".formatted(socket);
  }

  private String fingerprint() {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(keyBlob);
      return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private String where() {
    return "the ssh-agent at " + agent.socket();
  }

  private KeyMaterialException unavailable(String whatAndRemedy) {
    return new KeyMaterialException(
        ErrorCode.SIGNER_UNAVAILABLE,
        "key %s cannot sign: %s %s".formatted(key, where(), whatAndRemedy));
  }

  private KeyMaterialException interrupted() {
    return unavailable("was not waited for: this thread was interrupted");
  }

  /** The key and the agent. */
  @Override
  public String toString() {
    return "key %s in %s".formatted(key, where());
  }
}
