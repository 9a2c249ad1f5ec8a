// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.settings.DiveSettings;
import io.dive.settings.Mode;
import io.dive.settings.PathPattern;
import io.dive.settings.RuleSettings;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A rule at work.
 *
 * @param files empty when no mode reads files
 * @param sources the modes that know files, in order
 * @param stream whether the mode stream is last
 * @param hidesSidecars whether sidecar files are answered with 404
 * @param toldOfUnsigned whether the log has a file that goes out unsigned for want of a sidecar
 */
record ActiveRule(
    PathPattern path,
    Optional<FileMapping> files,
    List<Source> sources,
    boolean stream,
    boolean hidesSidecars,
    AtomicBoolean toldOfUnsigned) {
  private static final Logger LOG = LoggerFactory.getLogger(ActiveRule.class);

  /** Copies the sources. */
  ActiveRule {
    sources = List.copyOf(sources);
  }

  /** A mode with what it knows. */
  record Source(Mode mode, FileSignatures signatures) {}

  /**
   * Puts a rule to work.
   *
   * @param root where its files are; empty if it reads none
   * @param sources makes what a mode knows, from the mode and the root
   * @param nanoTime for looks at files that are enough for a while
   * @throws ConfigException if the root is not there
   */
  static ActiveRule of(
      RuleSettings rule,
      Optional<Path> root,
      BiFunction<Mode, Path, FileSignatures> sources,
      boolean servesSidecars,
      LongSupplier nanoTime)
      throws ConfigException {
    Optional<FileMapping> files = Optional.empty();
    List<Source> known = new ArrayList<>();
    if (root.isPresent()) {
      files = Optional.of(mapping(rule, root.orElseThrow(), nanoTime));
      for (Mode mode : rule.modes()) {
        if (mode == Mode.SIDECAR || mode == Mode.STATIC) {
          known.add(new Source(mode, sources.apply(mode, root.orElseThrow())));
        }
      }
    }
    return new ActiveRule(
        rule.path(),
        files,
        known,
        rule.modes().contains(Mode.STREAM),
        rule.modes().contains(Mode.SIDECAR) && rule.signaturesJson().isEmpty() && !servesSidecars,
        new AtomicBoolean());
  }

  /** Where the files of a rule are; empty if it reads none. */
  static Optional<Path> root(RuleSettings rule, ServletContext context) throws ConfigException {
    if (!rule.modes().contains(Mode.SIDECAR) && !rule.modes().contains(Mode.STATIC)) {
      return Optional.empty();
    }
    if (rule.root().isPresent()) {
      return rule.root();
    }
    String webApplication = context.getRealPath("/");
    if (webApplication == null) {
      throw unusableRoot(rule, "the web application is not unpacked to a directory");
    }
    return Optional.of(Path.of(webApplication).resolve(rule.path().fixedPrefix().substring(1)));
  }

  private static FileMapping mapping(RuleSettings rule, Path root, LongSupplier nanoTime)
      throws ConfigException {
    try {
      return new FileMapping(root, rule.path().fixedPrefix(), nanoTime);
    } catch (IOException e) {
      throw unusableRoot(rule, root + " does not exist");
    }
  }

  private static ConfigException unusableRoot(RuleSettings rule, String found) {
    String setting = "dive.rule." + rule.number() + ".root";
    return new ConfigException(
        ErrorCode.SETTING_INVALID,
        setting,
        setting
            + ": found that "
            + found
            + "; allowed: the directory that holds the files of "
            + rule.path());
  }

  /** Whether a mode that knows files is among the rule's. */
  boolean hasMode(Mode mode) {
    return sources.stream().anyMatch(source -> source.mode() == mode);
  }

  /**
   * Logs the first file that no mode signs since it has no sidecar.
   *
   * @param counted the mode under which meters count it
   */
  void tellOfUnsigned(String requestPath, Mode counted) {
    if (hasMode(Mode.SIDECAR) && !toldOfUnsigned.get() && !toldOfUnsigned.getAndSet(true)) {
      LOG.warn(
          "{} has no sidecar (or entry in signatures.json) and goes out unsigned; sign it with"
              + " \"dive sign\". Further files of the rule for {} are only counted: dive.responses,"
              + " mode {}, outcome unsigned",
          Excerpt.of(requestPath),
          path,
          DiveSettings.word(counted));
    }
  }

  /** Whether nothing is ever signed. */
  boolean isOff() {
    return sources.isEmpty() && !stream;
  }
}
