// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.check.CheckPlan;
import io.dive.dns.RecordChange;
import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyId;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.RotationException;
import io.dive.settings.CanarySettings;
import io.dive.settings.DiveSettings;
import io.dive.settings.HostPattern;
import io.dive.sign.SignedBody;
import java.net.URI;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One run of a rotation or revocation: its state, and what both do. For one thread. */
final class Run implements AutoCloseable {
  /** Something that changes files or DNS. */
  @FunctionalInterface
  interface Action {
    void run() throws DiveException, InterruptedException;
  }

  final RotationSetup setup;
  final SettingsFile settingsFile;
  final ZoneView zones;
  final KeyPlaces places;
  final Said said;
  private final RotationStateFile stateFile;
  private RotationState state;

  /**
   * Takes the state file.
   *
   * @param said in this process so far
   */
  Run(RotationSetup setup, Said said) throws RotationException {
    this.setup = setup;
    this.said = said;
    this.settingsFile = new SettingsFile(setup.settingsFile);
    this.zones = new ZoneView(setup.authorities, setup.resolver, setup.dnsLimit);
    this.places = new KeyPlaces(setup.resolver, zones, setup.dnsLimit);
    this.stateFile = RotationStateFile.take(setup.stateFile);
    try {
      this.state = stateFile.read();
    } catch (RotationException e) {
      stateFile.close();
      throw e;
    }
  }

  RotationState state() {
    return state;
  }

  void save(RotationState next) throws RotationException {
    stateFile.write(next);
    state = next;
  }

  Instant now() {
    return setup.clock.instant();
  }

  /** Does something, and lets the listener know before and after. */
  void act(String what, Action action) throws DiveException, InterruptedException {
    said.starting(what, what);
    action.run();
    said.done(what, what);
  }

  /** Says that a check has passed. */
  void passed(String what) {
    said.done(what, what);
  }

  /**
   * Has changes made that do not show yet, in every zone where that is possible.
   *
   * @return what is missing until each shows at every server; empty when none is
   * @throws DiveException if one failed in a way that waiting does not cure
   */
  Optional<String> publish(List<RecordChange> changes) throws DiveException {
    Publication publication = new Publication(this);
    for (RecordChange change : changes) {
      publication.add(() -> change);
    }
    return publication.publish().requirePassing().missing();
  }

  /**
   * The hosts that a key signs for.
   *
   * @param key one of the settings; of another one, or none, all hosts
   */
  static List<Fqdn> hosts(DiveSettings settings, Optional<KeyId> key) throws DiveException {
    List<CheckPlan.Host> hosts = settings.checkPlan().hosts();
    return hosts.stream()
        .filter(
            host ->
                key.flatMap(id -> SettingsFile.key(settings, id)).isEmpty()
                    || host.keys().stream().anyMatch(k -> k.reference().keyId().equals(key.get())))
        .map(CheckPlan.Host::name)
        .distinct()
        .toList();
  }

  /** The trees whose sidecars are signed anew. */
  SignedTrees trees(DiveSettings settings) {
    return new SignedTrees(settings, setup.trees);
  }

  /** Brings the sidecars of all trees to the keys of the settings. */
  void signTrees(DiveSettings settings) throws DiveException, InterruptedException {
    SignedTrees trees = trees(settings);
    for (SignedTrees.Tree tree : trees.unsigned()) {
      passed("%s has no sidecar and stays without".formatted(tree.path()));
    }
    for (SignedTrees.Tree tree : trees.signed()) {
      if (tree.isSignable()) {
        act("sign " + tree, () -> trees.sign(tree));
      } else {
        passed(
            "%s is left alone: %d keys sign for its hosts together, and a sidecar holds 1 to %d; sign it by hand"
                .formatted(tree.path(), tree.keys().size(), SignedBody.MAX_KEYS));
      }
    }
  }

  /**
   * What is fetched to judge a key: of the given URLs those of its hosts, and those of no host of
   * the settings.
   *
   * @param named the hosts the key signs for; empty for all
   * @throws ConfigException with {@code SETTING_MISSING} if one of the hosts has no URL
   */
  List<URI> urls(DiveSettings settings, Set<HostPattern> named) throws ConfigException {
    Set<HostPattern> unseen = new LinkedHashSet<>(named.isEmpty() ? settings.hosts() : named);
    List<URI> own = ownUrls(settings, Set.copyOf(unseen));
    own.forEach(url -> hostOf(settings, url).ifPresent(unseen::remove));
    if (!unseen.isEmpty()) {
      throw new ConfigException(
          ErrorCode.SETTING_MISSING,
          "dive.canary.url",
          "no URL of %s to fetch, so nothing would show that clients accept the signatures there; give a --url of each host that the key signs for"
              .formatted(String.join(", ", unseen.stream().map(HostPattern::toString).toList())));
    }
    return own;
  }

  private List<URI> ownUrls(DiveSettings settings, Set<HostPattern> hosts) throws ConfigException {
    return urls(settings).stream()
        .filter(url -> hostOf(settings, url).map(hosts::contains).orElse(true))
        .toList();
  }

  private static Optional<HostPattern> hostOf(DiveSettings settings, URI url) {
    try {
      return settings.hostOf(Fqdn.parse(String.valueOf(url.getHost())));
    } catch (MalformedFieldException e) {
      return Optional.empty();
    }
  }

  /** What is fetched. */
  private List<URI> urls(DiveSettings settings) throws ConfigException {
    List<URI> urls =
        setup.urls.isEmpty()
            ? settings.canary().map(canary -> List.of(canary.url())).orElse(List.of())
            : setup.urls;
    if (urls.isEmpty()) {
      throw new ConfigException(
          ErrorCode.SETTING_MISSING,
          "dive.canary.url",
          "no URL to fetch, so nothing would show that clients accept the signatures; set"
              + " dive.canary.url or give --url");
    }
    return urls;
  }

  /** A judgement of a response. */
  @FunctionalInterface
  interface Judge {
    /** What is awaited; empty when the response is as it should be. */
    Optional<String> judge(ServedResponse response)
        throws RotationException, MalformedFieldException;
  }

  /**
   * Fetches the URLs of some hosts, at least one of each, and says what is awaited; empty when each
   * response is as it should be.
   *
   * @param hosts as for {@link #urls(DiveSettings, Set)}
   */
  Optional<String> served(DiveSettings settings, Set<HostPattern> hosts, Judge judge)
      throws DiveException, InterruptedException {
    return served(settings, urls(settings, hosts), judge);
  }

  /** The same, whether or not each of the hosts has a URL. */
  Optional<String> servedWhereSeen(DiveSettings settings, Set<HostPattern> hosts, Judge judge)
      throws DiveException, InterruptedException {
    return served(settings, ownUrls(settings, hosts.isEmpty() ? settings.hosts() : hosts), judge);
  }

  private Optional<String> served(DiveSettings settings, List<URI> urls, Judge judge)
      throws DiveException, InterruptedException {
    ServedResponse.Source source =
        new ServedResponse.Source(
            setup.resolver,
            setup.dnsLimit,
            setup.connect.or(() -> settings.canary().flatMap(CanarySettings::connect)));
    for (URI url : urls) {
      ServedResponse.Attempt attempt = source.fetch(url);
      Optional<String> awaited =
          attempt.response().isPresent()
              ? judge.judge(attempt.response().orElseThrow()).map(what -> url + ": " + what)
              : Optional.of(attempt.why());
      if (awaited.isPresent()) {
        return awaited;
      }
    }
    return Optional.empty();
  }

  /** Stops if the signature of a key alone does not make a client accept the response. */
  static void requireRight(ServedResponse response, KeyId key)
      throws RotationException, MalformedFieldException {
    Optional<String> problem = response.problemOf(key);
    if (problem.isPresent()) {
      throw new RotationException(
          ErrorCode.ROTATION_CHECK_FAILED,
          "the signature of key %s does not verify by itself: %s; put that right, and run this again"
              .formatted(key, problem.orElseThrow()));
    }
  }

  @Override
  public void close() throws RotationException {
    stateFile.close();
  }
}
