// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import io.dive.dns.TxtLookup;
import io.dive.verify.DiveClient;
import io.dive.verify.Verdict;
import io.dive.verify.Verifier;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * DIVE clients that download all the time, until closed. Some keep what DNS told them for as long
 * as they may, others have just been started, as among a server's real clients.
 */
final class VerifyingClients implements AutoCloseable {
  /** After how many downloads each of them forgets. */
  private static final List<Integer> MEMORIES = List.of(Integer.MAX_VALUE, 50, 5, 1);

  private static final Duration PAUSE = Duration.ofMillis(10);
  private static final Duration DNS_LIMIT = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * What came of the downloads so far.
   *
   * @param firstProblem of the first that was not verified; empty when there is none
   */
  record Count(long verified, long refused, Optional<String> firstProblem) {
    @Override
    public String toString() {
      return "%,d downloads verified, %,d refused".formatted(verified, refused);
    }
  }

  private final TxtLookup dns;
  private final InetSocketAddress server;
  private final List<URI> urls;
  private final Clock clock;
  private final ScheduledExecutorService threads;
  private final Object counting = new Object();
  private Count count = new Count(0, 0, Optional.empty());

  /**
   * Starts them.
   *
   * @param dns where all of them look up policies and keys
   * @param server where they connect, whatever the URLs' host
   * @param urls what they download, in turn; at least one
   */
  VerifyingClients(TxtLookup dns, InetSocketAddress server, List<URI> urls, Clock clock) {
    this.dns = dns;
    this.server = server;
    this.urls = List.copyOf(urls);
    this.clock = clock;
    this.threads =
        Executors.newScheduledThreadPool(
            MEMORIES.size(),
            task -> {
              Thread thread = new Thread(task, "verifying-client");
              thread.setDaemon(true);
              return thread;
            });
    MEMORIES.forEach(this::start);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a client counts its own failures
  private void start(int memory) {
    threads.scheduleWithFixedDelay(new Client(memory), 0, PAUSE.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** One client; runs on one thread at a time. */
  private final class Client implements Runnable {
    private final int memory;
    private @Nullable DiveClient client;
    private int downloads;

    Client(int memory) {
      this.memory = memory;
    }

    @Override
    public void run() {
      URI url = urls.get(downloads % urls.size());
      DiveClient current = client;
      if (current == null || downloads % memory == 0) {
        Verifier verifier = new Verifier(dns, clock, DNS_LIMIT, "");
        current = DiveClient.builder(verifier).connectTo(server).build();
        client = current;
      }
      downloads++;
      try {
        Verdict verdict = current.verify(url).outcome().verdict();
        add(
            verdict instanceof Verdict.Accepted
                ? Optional.empty()
                : Optional.of(url + ": " + verdict));
      } catch (IOException | RuntimeException e) { // thread boundary: it would end in silence
        add(Optional.of(url + ": " + e));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // closed: this one does not count
      }
    }
  }

  private void add(Optional<String> problem) {
    synchronized (counting) {
      count =
          problem.isEmpty()
              ? new Count(count.verified() + 1, count.refused(), count.firstProblem())
              : new Count(
                  count.verified(), count.refused() + 1, count.firstProblem().or(() -> problem));
      counting.notifyAll();
    }
  }

  /** What came of the downloads so far. */
  Count count() {
    synchronized (counting) {
      return count;
    }
  }

  /**
   * Waits until that many more downloads have ended.
   *
   * @throws IOException if they take longer than a minute
   */
  void await(int more) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    synchronized (counting) {
      long wanted = count.verified() + count.refused() + more;
      while (count.verified() + count.refused() < wanted) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          throw new IOException("downloads do not end; so far " + count);
        }
        counting.wait(left);
      }
    }
  }

  /** Ends all of them; a download under way is broken off and not counted. */
  @Override
  public void close() {
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("a client does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
