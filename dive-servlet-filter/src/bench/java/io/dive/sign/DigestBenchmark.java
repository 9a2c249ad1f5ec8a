// SPDX-License-Identifier: Apache-2.0
package io.dive.sign;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import io.dive.protocol.HashAlgorithm;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Digests, by what the library chose and by each provider that has them. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class DigestBenchmark {
  /** Whose digest. */
  public enum Maker {
    CHOSEN,
    JDK,
    BOUNCY_CASTLE
  }

  /** What is digested. */
  @State(Scope.Benchmark)
  public static class Body {
    @Param({"1024", "1048576"})
    public int bytes = 1024;

    private byte[] content = new byte[0];

    @Setup
    public void fill() {
      content = new byte[bytes];
      new SplittableRandom(1).nextBytes(content);
    }
  }

  /** All six algorithms, which these makers have. */
  @State(Scope.Benchmark)
  public static class Any {
    @Param public HashAlgorithm algorithm = HashAlgorithm.SHA_256;
    @Param public Maker maker = Maker.CHOSEN;

    private Function<byte[], Object> digest = body -> body;

    @Setup
    public void open() throws GeneralSecurityException {
      if (maker == Maker.CHOSEN) {
        BodyDigester chosen = new BodyDigester(algorithm);
        digest =
            body -> {
              chosen.update(body, 0, body.length);
              return chosen.finish();
            };
      } else {
        digest =
            (maker == Maker.JDK
                    ? MessageDigest.getInstance(algorithm.jcaName())
                    : MessageDigest.getInstance(algorithm.jcaName(), new BouncyCastleProvider()))
                ::digest;
      }
    }
  }

  /** Corretto has no SHA-3. */
  @State(Scope.Benchmark)
  public static class Sha2 {
    @Param({"SHA_256", "SHA_384", "SHA_512"})
    public HashAlgorithm algorithm = HashAlgorithm.SHA_256;

    private Function<byte[], Object> digest = body -> body;

    @Setup
    public void open() throws GeneralSecurityException {
      digest =
          MessageDigest.getInstance(algorithm.jcaName(), new AmazonCorrettoCryptoProvider())
              ::digest;
    }
  }

  @Benchmark
  public Object digest(Any any, Body body) {
    return any.digest.apply(body.content);
  }

  @Benchmark
  public Object corretto(Sha2 sha2, Body body) {
    return sha2.digest.apply(body.content);
  }
}
