// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import io.dive.key.Signer;
import io.dive.key.SigningKey;
import io.dive.protocol.DiveException;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.sign.BodyDigester;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
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

  private final byte[] body = new byte[DynamicServlet.SMALL_BYTES];
  private final byte[] message;
  private final Signer signer;

  private CryptoFloor() throws DiveException {
    SignatureAlgorithm algorithm = SignatureAlgorithm.ED25519;
    signer = SigningKey.generate(algorithm, new SecureRandom()).signer(KeyReference.parse("bench"));
    message =
        MessageSignature.signatureBase(
            BodyDigester.digest(HashAlgorithm.SHA_256, body).contentDigest(),
            MessageSignature.signatureParams(signer.key(), algorithm));
  }

  /** Runs until standard input ends. */
  public static void main(String[] args)
      throws IOException, DiveException, InterruptedException, ExecutionException {
    CryptoFloor floor = new CryptoFloor();
    floor.nanos(floor::sign); // until it is compiled
    floor.nanos(floor::hash);
    System.out.println("ready");
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      double answer =
          switch (line) {
            case "hash" -> floor.nanos(floor::hash);
            case "sign" -> floor.nanos(floor::sign);
            case "rate" -> floor.rate();
            default -> throw new IOException("no command: " + line);
          };
      System.out.println(answer);
      System.out.flush();
    }
  }

  /** A piece of work; what it returns is used, so that it has to be done. */
  private interface Work {
    int run() throws DiveException;
  }

  private int hash() {
    return BodyDigester.digest(HashAlgorithm.SHA_256, body).value().length();
  }

  private int sign() throws DiveException {
    return signer.sign(message).length();
  }

  /** Processor time of one piece of work. */
  private double nanos(Work work) throws DiveException {
    var threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    long count = repeat(work);
    return (threads.getCurrentThreadCpuTime() - start) / (double) count;
  }

  private long repeat(Work work) throws DiveException {
    long start = System.nanoTime();
    long count = 0;
    while (System.nanoTime() - start < LOOP_NANOS) {
      for (int i = 0; i < BATCH; i++) {
        body[i] ^= (byte) work.run();
      }
      count += BATCH;
    }
    return count;
  }

  private double rate() throws InterruptedException, ExecutionException {
    int processors = Runtime.getRuntime().availableProcessors();
    ExecutorService pool = Executors.newFixedThreadPool(processors);
    try {
      Callable<Long> task = () -> repeat(this::sign);
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
