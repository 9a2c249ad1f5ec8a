// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * What a signing run did. Everything it counts as signed is on disk when it returns.
 *
 * @param signed files whose sidecar was written
 * @param unchanged files whose sidecar was right already
 * @param failures what could not be done; the run went on after each
 * @param skipped symbolic links that lead nowhere or out of the trees, what is no regular file, and
 *     sidecars that were named themselves
 * @param orphans sidecars whose file is gone, left in place
 * @param pruned sidecars whose file is gone, deleted as asked
 * @param bytesHashed bytes read to hash files
 */
public record SigningSummary(
    long signed,
    long unchanged,
    List<Failure> failures,
    List<Path> skipped,
    List<Path> orphans,
    List<Path> pruned,
    long bytesHashed) {
  /** Why a file has no new sidecar. Tokens are stable; sentences may change. */
  public enum Reason {
    /** The file or directory cannot be read. */
    UNREADABLE("unreadable"),
    /** The file changed while it was hashed, twice. */
    CHANGING("changing"),
    /** Something that is no sidecar stands in the sidecar's place. */
    PLACE_TAKEN("place-taken"),
    /** The sidecar cannot be written or made durable, or an orphan not deleted. */
    UNWRITABLE("unwritable"),
    /** A signer failed, or its public key does not confirm its signature. */
    SIGNER_FAILED("signer-failed");

    private final String token;

    Reason(String token) {
      this.token = token;
    }

    /** Lower-case kebab name, stable over releases. */
    public String token() {
      return token;
    }
  }

  /**
   * One thing that could not be done.
   *
   * @param path the file or directory
   * @param sentence what is wrong and what to do, free of control characters
   */
  public record Failure(Path path, Reason reason, String sentence) {
    /** No component may be null. */
    public Failure {
      requireNonNull(path, "path");
      requireNonNull(reason, "reason");
      requireNonNull(sentence, "sentence");
    }
  }

  /** Copies the lists and sorts them by path. */
  public SigningSummary {
    failures = failures.stream().sorted(Comparator.comparing(Failure::path)).toList();
    skipped = skipped.stream().sorted().toList();
    orphans = orphans.stream().sorted().toList();
    pruned = pruned.stream().sorted().toList();
  }

  /** Whether every file found has a sidecar that is right. */
  public boolean isComplete() {
    return failures.isEmpty();
  }
}
