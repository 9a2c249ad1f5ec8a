// SPDX-License-Identifier: Apache-2.0
package io.dive.sign;

import io.dive.protocol.HashAlgorithm;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Provider;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Digests, by what the library chose and by each provider there is. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class DigestBenchmark {
  /** Whose digest. */
  public enum Maker {
    CHOSEN,
    JDK,
    BOUNCY_CASTLE,
    CORRETTO;

    Provider provider() throws GeneralSecurityException {
      return switch (this) {
        case BOUNCY_CASTLE -> new BouncyCastleProvider();
        case CORRETTO -> new com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider();
        case JDK, CHOSEN -> MessageDigest.getInstance("SHA-256").getProvider();
      };
    }
  }

  @Param public HashAlgorithm algorithm = HashAlgorithm.SHA_256;
  @Param public Maker maker = Maker.CHOSEN;

  @Param({"1024", "1048576"})
  public int bytes = 1024;

  private byte[] body = new byte[0];
  private BodyDigester chosen = new BodyDigester(algorithm);
  private MessageDigest digest = sha256();

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Setup
  public void open() throws GeneralSecurityException {
    body = new byte[bytes];
    new SplittableRandom(1).nextBytes(body);
    chosen = new BodyDigester(algorithm);
    if (maker != Maker.CHOSEN) {
      digest = MessageDigest.getInstance(algorithm.jcaName(), maker.provider());
    }
  }

  @Benchmark
  public Object digest() {
    if (maker == Maker.CHOSEN) {
      chosen.update(body, 0, body.length);
      return chosen.finish();
    }
    return digest.digest(body);
  }
}
