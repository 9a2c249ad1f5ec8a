// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Where the passphrase of a key file comes from; never the passphrase itself, so that settings and
 * logs may show it. Immutable.
 */
public sealed interface Passphrase {
  /**
   * The first line of a file, in UTF-8, without its line end. The file must be the owner's alone,
   * as the key file.
   */
  record InFile(Path path) implements Passphrase {
    /** The path may not be null. */
    public InFile {
      requireNonNull(path, "path");
    }

    @Override
    public String toString() {
      return "file " + path;
    }
  }

  /** An environment variable of this process. */
  record InEnvironment(String variable) implements Passphrase {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it is not of letters, digits and {@code _}; the message
     *     does not repeat it, since it may be a passphrase in the wrong place
     */
    public InEnvironment {
      if (!NAME.matcher(variable).matches()) {
        throw new IllegalArgumentException(
            "the name of an environment variable has letters, digits and _ only; give the name,"
                + " not the passphrase");
      }
    }

    @Override
    public String toString() {
      return "environment variable " + variable;
    }
  }
}
