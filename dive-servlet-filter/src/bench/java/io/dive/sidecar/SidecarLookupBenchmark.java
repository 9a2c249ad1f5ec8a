// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import io.dive.key.SigningKey;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What a request costs before the container has its file: one look at it, one at its sidecar. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SidecarLookupBenchmark {
  private final SidecarFiles remembering = store();
  private final Path root;
  private final Path signed;
  private final Path unsigned;
  private final BasicFileAttributes attributes;

  public SidecarLookupBenchmark() {
    try {
      root = Files.createTempDirectory("dive-lookup");
      signed = Files.write(root.resolve("signed.bin"), new byte[1024]);
      unsigned = root.resolve("unsigned.bin");
      attributes = FileAttributes.read(signed);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static SidecarFiles store() {
    return new SidecarFiles(EnumSet.allOf(ProtocolVersion.class), 100, SidecarListener.NONE);
  }

  @Setup
  public void sign() throws Exception {
    SigningKey key = SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
    new TreeSigner(
            List.of(key.signer(KeyReference.parse("bench"))),
            HashAlgorithm.SHA_256,
            TreeSigner.Options.DEFAULT)
        .sign(List.of(signed), SigningProgress.NONE);
    Files.write(unsigned, new byte[1024]);
  }

  @TearDown
  public void close() throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Benchmark
  public BasicFileAttributes look() throws IOException {
    return FileAttributes.read(signed);
  }

  /** The JDK's own, to compare with. */
  @Benchmark
  public BasicFileAttributes lookOfTheJdk() throws IOException {
    return Files.readAttributes(signed, BasicFileAttributes.class);
  }

  @Benchmark
  public SidecarStore.Outcome hit() {
    return remembering.find(signed, attributes);
  }

  /**
   * Read, parsed and verified, by a store that is made for it: one that may hold nothing drops what
   * it has found only a little later.
   */
  @Benchmark
  public SidecarStore.Outcome miss() {
    return store().find(signed, attributes);
  }

  @Benchmark
  public SidecarStore.Outcome absent() {
    return remembering.find(unsigned, attributes);
  }
}
