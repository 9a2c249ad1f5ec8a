// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import io.dive.protocol.HashAlgorithm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The process that the crash test kills: signs a tree anew and tells after each file. */
final class SigningChild {
  private SigningChild() {}

  /** Arguments: the tree. Ends by itself only when it cannot sign a file. */
  public static void main(String[] arguments) throws Exception {
    TreeSigner signer =
        new TreeSigner(
            List.of(SampleKeys.ED25519_OTHER, SampleKeys.ED448),
            HashAlgorithm.SHA3_512,
            new TreeSigner.Options(true, false, 2));
    while (true) {
      SigningSummary summary =
          signer.sign(
              List.of(Path.of(arguments[0])),
              progress -> {
                byte[] line = (progress.filesDone() + "\n").getBytes(StandardCharsets.US_ASCII);
                System.out.write(line, 0, line.length);
                System.out.flush();
              });
      if (!summary.isComplete()) {
        throw new IllegalStateException(summary.failures().toString());
      }
    }
  }
}
