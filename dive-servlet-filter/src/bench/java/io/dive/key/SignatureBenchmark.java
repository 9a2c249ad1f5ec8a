// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import io.dive.protocol.Bytes;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.SignatureAlgorithm;
import java.security.Security;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One signature over a usual signature base, by each provider. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SignatureBenchmark {
  /** Whose signature. */
  public enum Maker {
    BOUNCY_CASTLE_ED25519,
    BOUNCY_CASTLE_ED448,
    JDK_ED25519,
    CORRETTO_ED25519;

    EddsaSigning signing() {
      byte[] seed = new byte[SignatureAlgorithm.ED25519.keyLength()];
      return switch (this) {
        case BOUNCY_CASTLE_ED25519 -> new BouncyCastleSigning(SignatureAlgorithm.ED25519, seed);
        case BOUNCY_CASTLE_ED448 ->
            new BouncyCastleSigning(
                SignatureAlgorithm.ED448, new byte[SignatureAlgorithm.ED448.keyLength()]);
        case JDK_ED25519 -> new JcaSigning(Security.getProvider("SunEC"), seed);
        case CORRETTO_ED25519 ->
            new JcaSigning(
                new com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider(), seed);
      };
    }
  }

  private static final int BASE_BYTES = 180;

  @Param public Maker maker = Maker.BOUNCY_CASTLE_ED25519;

  private final byte[] message = new byte[BASE_BYTES];
  private EddsaSigning signing = maker.signing();

  @Setup
  public void open() {
    signing = maker.signing();
  }

  @Benchmark
  public Bytes sign() throws KeyMaterialException {
    return signing.sign(message);
  }
}
