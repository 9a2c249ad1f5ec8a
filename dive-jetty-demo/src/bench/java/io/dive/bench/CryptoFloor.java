// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import io.dive.protocol.DiveException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What signing cannot do without, in loops of their own: {@code hash} and {@code sign} are answered
 * with the nanoseconds of processor time of one digest of 1 KiB and of one signature, {@code rate}
 * with the signatures per second of all processors together.
 */
public final class CryptoFloor {
  private static final long LOOP_NANOS = 1_500_000_000;
  private static final int BATCH = 100;

  private final KnownWork work = new KnownWork();

  private CryptoFloor() throws DiveException {}

  /** Runs until standard input ends. */
  public static void main(String[] args)
      throws IOException, DiveException, InterruptedException, ExecutionException {
    CryptoFloor floor = new CryptoFloor();
    floor.nanos(floor.work::sign); // until it is compiled
    floor.nanos(floor.work::hash);
    System.out.println("ready");
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      double answer =
          switch (line) {
            case "hash" -> floor.nanos(floor.work::hash);
            case "sign" -> floor.nanos(floor.work::sign);
            case "rate" -> floor.rate();
            default -> throw new IOException("no command: " + line);
          };
      System.out.println(answer);
      System.out.flush();
    }
  }

  /** What it returns is used, so that it has to be done. */
  private interface Work {
    int run() throws DiveException;
  }

  /** Processor time of one piece of work. */
  private double nanos(Work piece) throws DiveException {
    var threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    long count = repeat(piece);
    return (threads.getCurrentThreadCpuTime() - start) / (double) count;
  }

  private long repeat(Work piece) throws DiveException {
    long start = System.nanoTime();
    long count = 0;
    while (System.nanoTime() - start < LOOP_NANOS) {
      for (int i = 0; i < BATCH; i++) {
        count += piece.run() > 0 ? 1 : 0;
      }
    }
    return count;
  }

  private double rate() throws InterruptedException, ExecutionException {
    int processors = Runtime.getRuntime().availableProcessors();
    ExecutorService pool = Executors.newFixedThreadPool(processors);
    try {
      Callable<Long> task = () -> repeat(work::sign);
      long start = System.nanoTime();
      long count = 0;
      for (Future<Long> part : pool.invokeAll(Collections.nCopies(processors, task))) {
        count += part.get();
      }
      return count * 1e9 / (System.nanoTime() - start);
    } finally {
      pool.shutdownNow();
    }
  }
}
