// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Parsing what responses carry; sidecars hold the same text. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FieldParsingBenchmark {
  private static final String DIGEST = "A".repeat(43) + "=";
  private static final String SIGNED = "A".repeat(86) + "==";
  private static final String CONTENT_DIGEST = "sha-256=:" + DIGEST + ":";
  private static final String INPUT = "sig1=(\"content-digest\");keyid=\"bench\";alg=\"ed25519\"";
  private static final String SIGNATURE = "sig1=:" + SIGNED + ":";
  private static final String DIVE_SIG = "bench:sha256:" + SIGNED;
  private static final String POLICY = "v=\"dive-draft-01\", scopes=(\"strict\")";

  @Benchmark
  public ContentDigest contentDigest() throws MalformedFieldException {
    return ContentDigest.parse(CONTENT_DIGEST);
  }

  @Benchmark
  public List<MessageSignature> messageSignature() throws MalformedFieldException {
    return MessageSignature.parse(INPUT, SIGNATURE);
  }

  @Benchmark
  public DiveSig diveSig() throws MalformedFieldException {
    return DiveSig.parse(DIVE_SIG);
  }

  @Benchmark
  public Object dictionary() throws MalformedFieldException {
    return StructuredDictionary.parse(POLICY, "policy").members();
  }
}
