// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.key.RemoteSigner;
import io.dive.key.Signer;
import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.RotationException;
import io.dive.settings.DiveSettings;
import io.dive.settings.KeySettings;
import io.dive.settings.Mode;
import io.dive.settings.RuleSettings;
import io.dive.sidecar.Sidecar;
import io.dive.sidecar.SigningProgress;
import io.dive.sidecar.SigningSummary;
import io.dive.sidecar.TreeSigner;
import io.dive.sign.SignedBody;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The trees whose files have sidecars, each with the keys of the hosts it is served for.
 *
 * @param named trees that were named; empty for the roots of the settings' rules
 */
record SignedTrees(DiveSettings settings, List<Path> named) {
  /** A directory, by its real path, and the keys that sign what it holds. */
  record Tree(Path path, List<KeySettings> keys) {
    boolean isSignable() {
      return !keys.isEmpty() && keys.size() <= SignedBody.MAX_KEYS;
    }

    @Override
    public String toString() {
      List<String> ids = keys.stream().map(key -> key.id().value()).toList();
      return keys.isEmpty() ? path.toString() : path + " with " + String.join(", ", ids);
    }
  }

  SignedTrees {
    named = List.copyOf(named);
  }

  /** Those that have a sidecar. */
  List<Tree> signed() throws DiveException {
    return trees(true);
  }

  /** Those without any sidecar, which stay without. */
  List<Tree> unsigned() throws DiveException {
    return trees(false);
  }

  private List<Tree> trees(boolean signed) throws DiveException {
    List<Tree> trees = new ArrayList<>();
    for (Path path : outermost(named.isEmpty() ? roots() : named)) {
      if (hasSidecar(path) == signed) {
        trees.add(new Tree(path, settings.keysOfTree(path)));
      }
    }
    return List.copyOf(trees);
  }

  private List<Path> roots() throws ConfigException {
    List<Path> roots = new ArrayList<>();
    for (RuleSettings rule : settings.rules()) {
      if (!rule.modes().contains(Mode.SIDECAR)) {
        continue;
      }
      String name = "dive.rule." + rule.number();
      if (rule.signaturesJson().isPresent()) {
        throw new ConfigException(
            ErrorCode.SETTINGS_CONTRADICT,
            name + ".signatures-json",
            name
                + ".signatures-json cannot be signed anew here: make sidecars instead, or rotate by"
                + " hand and name the trees that have sidecars with --tree");
      }
      roots.add(
          rule.root()
              .orElseThrow(
                  () ->
                      new ConfigException(
                          ErrorCode.SETTING_MISSING,
                          name + ".root",
                          name
                              + " takes sidecars from the web application, and no root says where"
                              + " that is; name the directory with --tree")));
    }
    return roots;
  }

  /** Real paths, since a walk does not enter a link; none within another, to be signed once. */
  private static List<Path> outermost(List<Path> directories) throws RotationException {
    Set<Path> real = new LinkedHashSet<>();
    for (Path directory : directories) {
      try {
        real.add(directory.toRealPath());
      } catch (IOException e) {
        throw unreadable(directory, e);
      }
    }
    return real.stream()
        .filter(
            path -> real.stream().noneMatch(other -> !other.equals(path) && path.startsWith(other)))
        .toList();
  }

  private static boolean hasSidecar(Path tree) throws RotationException {
    try (Stream<Path> files = Files.walk(tree)) {
      return files.anyMatch(file -> file.toString().endsWith(Sidecar.SUFFIX));
    } catch (IOException | UncheckedIOException e) {
      throw unreadable(tree, e);
    }
  }

  private static RotationException unreadable(Path tree, Exception cause) {
    return new RotationException(
        ErrorCode.ROTATION_IMPOSSIBLE, tree + " cannot be read; check its permissions", cause);
  }

  /**
   * Brings the sidecars of a tree to its keys.
   *
   * @throws RotationException with {@code ROTATION_CHECK_FAILED} if that fails for a file
   */
  void sign(Tree tree) throws DiveException, InterruptedException {
    List<Signer> signers = settings.openSigners(tree.keys());
    try {
      SigningSummary summary =
          new TreeSigner(signers, settings.hash(), TreeSigner.Options.DEFAULT)
              .sign(List.of(tree.path()), SigningProgress.NONE);
      if (!summary.isComplete()) {
        SigningSummary.Failure first = summary.failures().get(0);
        throw new RotationException(
            ErrorCode.ROTATION_CHECK_FAILED,
            "%d files could not be signed anew, such as %s: %s; put that right, and run this again"
                .formatted(summary.failures().size(), first.path(), first.sentence()));
      }
    } finally {
      for (Signer signer : signers) {
        if (signer instanceof RemoteSigner remote) {
          remote.close();
        }
      }
    }
  }
}
