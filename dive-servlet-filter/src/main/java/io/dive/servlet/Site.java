// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.key.Signer;
import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.sign.ResponseSigner;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The settings at work: rules with their stores, hosts, signer. Safe for use by many threads. */
final class Site implements AutoCloseable {
  /**
   * A rule at work.
   *
   * @param files empty when no mode reads files
   * @param sources the modes that know files, in order
   * @param stream whether the mode stream is last
   * @param hidesSidecars whether sidecar files are answered with 404
   */
  record ActiveRule(
      PathPattern path,
      Optional<FileMapping> files,
      List<Source> sources,
      boolean stream,
      boolean hidesSidecars) {
    /** Copies the sources. */
    ActiveRule {
      sources = List.copyOf(sources);
    }

    /** Whether nothing is ever signed. */
    boolean isOff() {
      return sources.isEmpty() && !stream;
    }
  }

  /** A mode with what it knows. */
  record Source(Mode mode, FileSignatures signatures) {}

  private final DiveSettings settings;
  private final Set<String> hosts;
  private final List<ActiveRule> rules;
  private final DirectAnswers directAnswers;
  private final ResponseMetrics metrics;
  private final WarningPace warnings = new WarningPace();

  private Site(
      DiveSettings settings,
      List<ActiveRule> rules,
      DirectAnswers directAnswers,
      ResponseMetrics metrics) {
    this.settings = settings;
    this.directAnswers = directAnswers;
    this.metrics = metrics;
    this.hosts = settings.hosts().stream().map(Fqdn::name).collect(Collectors.toUnmodifiableSet());
    this.rules = List.copyOf(rules);
  }

  /**
   * Puts settings to work.
   *
   * @throws DiveException if a key cannot be loaded or a root is not there
   */
  static Site open(
      DiveSettings settings,
      ServletContext context,
      Connections connections,
      ResponseMetrics metrics)
      throws DiveException {
    List<Signer> signers = new ArrayList<>(settings.signers());
    for (DiveSettings.Key key : settings.keys()) {
      signers.add(connections.signer(key, settings.allowExposedKeys()));
    }
    Optional<StaticDigests> digests = Optional.empty();
    if (!signers.isEmpty()) {
      ResponseSigner signer =
          new ResponseSigner(signers, settings.drafts(), settings.caches().signatureEntries());
      StaticDigests made =
          new StaticDigests(settings.hash(), signer, settings.caches().staticEntries(), metrics);
      metrics.cache("signature", signer::cacheStats);
      metrics.cache("static", made::cacheStats);
      digests = Optional.of(made);
    }
    List<ActiveRule> rules = new ArrayList<>();
    for (DiveSettings.Rule rule : settings.rules()) {
      rules.add(activate(settings, rule, context, connections, digests));
    }
    return new Site(settings, rules, new DirectAnswers(context), metrics);
  }

  private static ActiveRule activate(
      DiveSettings settings,
      DiveSettings.Rule rule,
      ServletContext context,
      Connections connections,
      Optional<StaticDigests> digests)
      throws DiveException {
    boolean sidecar = rule.modes().contains(Mode.SIDECAR);
    List<Source> sources = new ArrayList<>();
    Optional<FileMapping> files = Optional.empty();
    if (sidecar || rule.modes().contains(Mode.STATIC)) {
      Path root = root(rule, context);
      files = Optional.of(mapping(rule, root));
      for (Mode mode : rule.modes()) {
        if (mode == Mode.SIDECAR) {
          sources.add(new Source(mode, connections.sidecars(settings, rule, root)));
        } else if (mode == Mode.STATIC) {
          sources.add(new Source(mode, digests.orElseThrow()));
        }
      }
    }
    return new ActiveRule(
        rule.path(),
        files,
        sources,
        rule.modes().contains(Mode.STREAM),
        sidecar && rule.signaturesJson().isEmpty() && !settings.sidecars().serve());
  }

  private static Path root(DiveSettings.Rule rule, ServletContext context) throws ConfigException {
    if (rule.root().isPresent()) {
      return rule.root().get();
    }
    String webApplication = context.getRealPath("/");
    if (webApplication == null) {
      throw unusableRoot(rule, "the web application is not unpacked to a directory");
    }
    return Path.of(webApplication).resolve(rule.path().fixedPrefix().substring(1));
  }

  private static FileMapping mapping(DiveSettings.Rule rule, Path root) throws ConfigException {
    try {
      return new FileMapping(root, rule.path().fixedPrefix());
    } catch (IOException e) {
      throw unusableRoot(rule, root + " does not exist");
    }
  }

  private static ConfigException unusableRoot(DiveSettings.Rule rule, String found) {
    String setting = SettingsTable.RULE_ROOT.name(rule.number());
    return new ConfigException(
        ErrorCode.SETTING_INVALID,
        setting,
        setting
            + ": found that "
            + found
            + "; allowed: the directory that holds the files of "
            + rule.path());
  }

  DiveSettings settings() {
    return settings;
  }

  DirectAnswers directAnswers() {
    return directAnswers;
  }

  ResponseMetrics metrics() {
    return metrics;
  }

  /** Paces the warnings that requests trigger. */
  WarningPace warnings() {
    return warnings;
  }

  /** CONNECT: closes what the stores run in the background. */
  @Override
  public void close() {
    metrics.close();
  }

  /** Whether a host is configured; case, one final dot and the port do not matter (decision 20). */
  boolean covers(String serverName) {
    int end = serverName.endsWith(".") ? serverName.length() - 1 : serverName.length();
    return hosts.contains(serverName.substring(0, end).toLowerCase(Locale.ROOT));
  }

  /** The first rule that matches; empty when none does. */
  Optional<ActiveRule> rule(String path) {
    for (ActiveRule rule : rules) {
      if (rule.path().matches(path)) {
        return Optional.of(rule);
      }
    }
    return Optional.empty();
  }
}
