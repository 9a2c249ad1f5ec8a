// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.BodyDigest;
import io.dive.protocol.HeaderField;
import io.dive.sign.RememberedFields;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/** What a mode knows about a file. Implementations are safe for use by many threads. */
interface FileSignatures {
  /**
   * Looks a file up.
   *
   * @param attributes as read for this request
   * @param keys those of the host that is asked
   */
  Known find(Path file, BasicFileAttributes attributes, HostKeys keys);

  /** The answer. */
  sealed interface Known {}

  /**
   * The header fields for the file.
   *
   * @param attributes the state of the file they are for
   */
  record Signed(BodyDigest digest, List<HeaderField> fields, BasicFileAttributes attributes)
      implements Known {
    /** Copies the fields, unless nobody can change them. */
    public Signed {
      requireNonNull(digest, "digest");
      fields = fields instanceof RememberedFields ? fields : List.copyOf(fields);
      requireNonNull(attributes, "attributes");
    }
  }

  /** Stored fields that do not match the file (decision 19). */
  record Stale(Signed stored) implements Known {
    /** No component may be null. */
    public Stale {
      requireNonNull(stored, "stored");
    }
  }

  /** Nothing is known; the next mode may know more. */
  record Absent() implements Known {
    static final Absent INSTANCE = new Absent();
  }

  /**
   * Something is stored that cannot be used.
   *
   * @param code its stable name
   */
  record Unusable(String code, String sentence) implements Known {
    /** No component may be null. */
    public Unusable {
      requireNonNull(code, "code");
      requireNonNull(sentence, "sentence");
    }
  }

  /** The file changes while it is read. */
  record Changing() implements Known {}

  /**
   * Other bytes may have come under the same size and modification time, for which the container
   * has the old ones.
   */
  record Replaced() implements Known {}

  /**
   * The file could not be read or signed.
   *
   * @param cause what to log
   */
  record Failed(Exception cause) implements Known {
    /** No component may be null. */
    public Failed {
      requireNonNull(cause, "cause");
    }
  }
}
