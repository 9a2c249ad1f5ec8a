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
import io.dive.settings.DiveSettings;
import io.dive.settings.Mode;
import io.dive.sidecar.Sidecar;
import io.dive.sidecar.SigningProgress;
import io.dive.sidecar.SigningSummary;
import io.dive.sidecar.TreeSigner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

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
  private final Set<RecordChange> requested;
  private final RotationStateFile stateFile;
  private RotationState state;

  /**
   * Takes the state file.
   *
   * @param requested changes that were published in this process; more are added
   */
  Run(RotationSetup setup, Set<RecordChange> requested) throws RotationException {
    this.setup = setup;
    this.requested = requested;
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
    setup.listener.starting(what);
    action.run();
    setup.listener.done(what);
  }

  /** Says that a check has passed. */
  void passed(String what) {
    setup.listener.done(what);
  }

  /**
   * Has changes made that do not show yet.
   *
   * @return what is missing until each shows at every server; empty when none is
   */
  Optional<String> publish(List<RecordChange> changes) throws DiveException, InterruptedException {
    for (RecordChange change : changes) {
      if (zones.notYet(change).isPresent() && !requested.contains(change)) {
        String what =
            change.after().isEmpty()
                ? "remove the record at " + change.owner()
                : (change.before().isEmpty() ? "publish " : "change ") + change.owner();
        act(what, () -> setup.publisher.publish(change));
        requested.add(change);
      }
    }
    List<String> missing = new ArrayList<>();
    for (RecordChange change : changes) {
      zones.notYet(change).ifPresent(missing::add);
    }
    return missing.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", missing));
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

  /** The trees whose sidecars are signed anew; one without any is left without. */
  List<Path> trees(DiveSettings settings) throws DiveException {
    List<Path> trees = new ArrayList<>();
    for (Path tree : setup.trees.isEmpty() ? roots(settings) : setup.trees) {
      if (hasSidecar(tree)) {
        trees.add(tree);
      }
    }
    return List.copyOf(trees);
  }

  private static List<Path> roots(DiveSettings settings) throws ConfigException {
    List<Path> roots = new ArrayList<>();
    for (DiveSettings.Rule rule : settings.rules()) {
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

  private static boolean hasSidecar(Path tree) throws RotationException {
    try (Stream<Path> files = Files.walk(tree)) {
      return files.anyMatch(file -> file.toString().endsWith(Sidecar.SUFFIX));
    } catch (IOException | UncheckedIOException e) {
      throw new RotationException(
          ErrorCode.ROTATION_IMPOSSIBLE, tree + " cannot be read; check its permissions", e);
    }
  }

  /** Brings the sidecars of all trees to the keys of the settings. */
  void signTrees(DiveSettings settings) throws DiveException, InterruptedException {
    List<Path> trees = trees(settings);
    if (trees.isEmpty() || settings.keys().isEmpty()) {
      return;
    }
    String keys = String.join(", ", settings.keys().stream().map(k -> k.id().value()).toList());
    act("sign %s with %s".formatted(trees, keys), () -> sign(settings, trees));
  }

  private static void sign(DiveSettings settings, List<Path> trees)
      throws DiveException, InterruptedException {
    SigningSummary summary =
        new TreeSigner(settings.openSigners(), settings.hash(), TreeSigner.Options.DEFAULT)
            .sign(trees, SigningProgress.NONE);
    if (!summary.isComplete()) {
      SigningSummary.Failure first = summary.failures().get(0);
      throw new RotationException(
          ErrorCode.ROTATION_CHECK_FAILED,
          "%d files could not be signed anew, such as %s: %s; put that right, and run this again"
              .formatted(summary.failures().size(), first.path(), first.sentence()));
    }
  }

  /** What is fetched. */
  List<URI> urls(DiveSettings settings) throws ConfigException {
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

  /** Fetches every URL and says what is awaited; empty when each is as it should be. */
  Optional<String> served(DiveSettings settings, Judge judge)
      throws DiveException, InterruptedException {
    ServedResponse.Source source =
        new ServedResponse.Source(
            setup.resolver,
            setup.dnsLimit,
            setup.connect.or(() -> settings.canary().flatMap(DiveSettings.Canary::connect)));
    for (URI url : urls(settings)) {
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
