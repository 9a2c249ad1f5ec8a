// SPDX-License-Identifier: Apache-2.0
package io.dive.sign;

import io.dive.key.SigningKey;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.DiveException;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From a digest to header fields of both drafts. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HeaderBenchmark {
  private static final int REMEMBERED = 100;

  private final EnumSet<ProtocolVersion> drafts = EnumSet.allOf(ProtocolVersion.class);
  private final BodyDigest digest = BodyDigester.digest(HashAlgorithm.SHA_256, new byte[1024]);
  private final ResponseSigner signer;
  private final SignedBody signed;

  public HeaderBenchmark() {
    try {
      signer =
          new ResponseSigner(
              List.of(
                  SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom())
                      .signer(KeyReference.parse("bench"))),
              drafts,
              REMEMBERED);
      signed = signer.sign(digest);
      signer.signAndRemember(digest);
    } catch (DiveException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Two signatures and the fields. */
  @Benchmark
  public List<HeaderField> newBody() throws KeyMaterialException {
    return signer.signAndRemember(digest);
  }

  /** The fields alone. */
  @Benchmark
  public List<HeaderField> assembly() {
    return signed.fields(drafts);
  }

  /** A body seen before. */
  @Benchmark
  public List<HeaderField> remembered() throws KeyMaterialException {
    return signer.fields(digest);
  }
}
