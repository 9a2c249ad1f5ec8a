// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static java.util.Objects.requireNonNull;

import io.dive.check.CheckPlan;
import io.dive.check.ZoneCheck;
import io.dive.dns.Authorities;
import io.dive.dns.TlsTrust;
import io.dive.dns.TrustAnchors;
import io.dive.dns.TsigKey;
import io.dive.dns.TxtLookup;
import io.dive.dns.Upstream;
import io.dive.dns.ValidatingTxtLookup;
import io.dive.dns.ZoneAnchors;
import io.dive.key.KeyFile;
import io.dive.key.Passphrase;
import io.dive.key.PublicKeyFile;
import io.dive.key.Signer;
import io.dive.key.SshAgent;
import io.dive.protocol.ConfigException;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.sidecar.FreshnessGuard;
import io.dive.sidecar.SidecarStore;
import io.dive.zonemd.ZoneSource;
import io.dive.zonemd.ZoneVerifier;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.function.Function;

/**
 * Everything the filter can be told. Made by {@link #load} from {@code dive.properties} or, for
 * registration in code, by {@link #builder}. Immutable. The settings' names, defaults and meaning
 * are in the reference table, {@code docs/settings.md}.
 *
 * @param hosts the covered hosts (decision 20), at least one
 * @param drafts the revisions whose fields are sent, at least one
 * @param keys the keys in files and agents, in signing order, the newest first
 * @param signers signers given in code, for all hosts, in signing order; they come before {@code
 *     keys}
 * @param rules the rules in the order they are tried
 * @param sidecarStore a store given in code, for all rules without a {@code signatures.json}; empty
 *     for the files beside the downloads
 * @param txtLookup a look-up given in code for the checks; empty for one made from {@code dns}
 * @param reloadInterval how often the settings' files are looked at; empty for never
 */
public record DiveSettings(
    Set<HostPattern> hosts,
    Set<ProtocolVersion> drafts,
    HashAlgorithm hash,
    List<Key> keys,
    boolean allowExposedKeys,
    List<Signer> signers,
    List<Rule> rules,
    Optional<SidecarStore> sidecarStore,
    Optional<TxtLookup> txtLookup,
    Sidecars sidecars,
    Caches caches,
    Stream stream,
    boolean noTransform,
    OnSigningFailure onSigningFailure,
    Checks checks,
    Dns dns,
    Optional<Zone> zone,
    Optional<Canary> canary,
    Optional<Duration> reloadInterval) {

  /**
   * Copies the collections and refuses contradictions.
   *
   * @throws IllegalArgumentException naming every contradiction
   */
  public DiveSettings {
    hosts = copyInOrder(hosts);
    drafts = drafts.isEmpty() ? Set.of() : Set.copyOf(EnumSet.copyOf(drafts));
    requireNonNull(hash, "hash");
    keys = List.copyOf(keys);
    signers = List.copyOf(signers);
    rules = List.copyOf(rules);
    requireNonNull(sidecarStore, "sidecarStore");
    requireNonNull(txtLookup, "txtLookup");
    requireNonNull(sidecars, "sidecars");
    requireNonNull(caches, "caches");
    requireNonNull(stream, "stream");
    requireNonNull(onSigningFailure, "onSigningFailure");
    requireNonNull(checks, "checks");
    requireNonNull(dns, "dns");
    requireNonNull(zone, "zone");
    requireNonNull(canary, "canary");
    requireNonNull(reloadInterval, "reloadInterval");
    List<Contradictions.Finding> findings =
        Contradictions.in(hosts, drafts, keys, signers, rules, stream);
    if (!findings.isEmpty()) {
      throw new IllegalArgumentException(
          String.join("\n", findings.stream().map(Contradictions.Finding::sentence).toList()));
    }
  }

  private static Set<HostPattern> copyInOrder(Set<HostPattern> hosts) {
    return Collections.unmodifiableSet(new LinkedHashSet<>(hosts));
  }

  /**
   * Reads a settings file; system properties of the same names win over it.
   *
   * @throws ConfigException naming every problem with file, line, setting, value and remedy
   */
  public static DiveSettings load(Path file) throws ConfigException {
    return SettingsReader.read(file, System.getProperties());
  }

  /**
   * Reads what a filter was configured with. The file is named by the init parameter {@code
   * dive.config}, else the system property, else the environment variable {@code DIVE_CONFIG}; init
   * parameters and then system properties win over it.
   *
   * @param initParameters all of the filter's; those not starting with {@code dive.} are ignored
   * @throws ConfigException naming every problem with file, line, setting, value and remedy
   */
  public static DiveSettings read(
      Map<String, String> initParameters,
      Properties systemProperties,
      Map<String, String> environment)
      throws ConfigException {
    return SettingsReader.read(initParameters, systemProperties, environment);
  }

  /**
   * The file that {@link #read} takes settings from; empty where none is named.
   *
   * @param initParameters all of the filter's
   */
  public static Optional<Path> file(
      Map<String, String> initParameters,
      Properties systemProperties,
      Map<String, String> environment) {
    return SettingsReader.file(initParameters, systemProperties, environment);
  }

  /**
   * The files whose content is part of the settings: keys, passphrases, trust anchors,
   * certificates.
   */
  public Set<Path> files() {
    Set<Path> files = new LinkedHashSet<>();
    for (Key key : keys) {
      files.add(key.file());
      key.passphraseFile().ifPresent(files::add);
    }
    dns.trustAnchor().ifPresent(files::add);
    dns.resolverAuthorities().ifPresent(files::add);
    zone.flatMap(Zone::tsigFile).ifPresent(files::add);
    return Collections.unmodifiableSet(files);
  }

  /** What does nothing beside the other settings, and what to do about it: a sentence each. */
  public List<String> warnings() {
    return IdleSettings.in(this);
  }

  /** How a constant is written in settings, messages and meters. */
  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The one of the {@link #hosts} that a name belongs to (decision 20); empty when none does. */
  public Optional<HostPattern> hostOf(Fqdn name) {
    HostPattern exact = HostPattern.of(name);
    return hosts.contains(exact)
        ? Optional.of(exact)
        : name.selfAndParents().stream()
            .skip(1)
            .map(HostPattern::below)
            .filter(hosts::contains)
            .findFirst();
  }

  /** The keys in files that sign for one of the {@link #hosts}, in signing order. */
  public List<Key> keysOf(HostPattern host) {
    return keys.stream().filter(key -> covers(key.hosts(), host)).toList();
  }

  /** The rules for one of the {@link #hosts}, in the order they are tried. */
  public List<Rule> rulesOf(HostPattern host) {
    return rules.stream().filter(rule -> covers(rule.hosts(), host)).toList();
  }

  /** Whether a key or rule for the named hosts, or for all where none is named, is for this one. */
  static boolean covers(Set<HostPattern> named, HostPattern host) {
    return named.isEmpty() || named.contains(host);
  }

  /**
   * All signers in signing order: those given in code, then those of the key files, which are read
   * anew with every call. No agent is asked yet. Those behind the ones given in code belong to the
   * caller, who closes them where they are {@link io.dive.key.RemoteSigner remote}.
   *
   * @throws KeyMaterialException if a key file cannot be used
   */
  public List<Signer> openSigners() throws KeyMaterialException {
    List<Signer> opened = new ArrayList<>(signers);
    opened.addAll(openKeys().values());
    return List.copyOf(opened);
  }

  /**
   * Signers of some of the {@link #keys}, opened as by {@link #openSigners()}.
   *
   * @param some in signing order
   * @throws KeyMaterialException if a key file cannot be used
   */
  public List<Signer> openSigners(List<Key> some) throws KeyMaterialException {
    List<Signer> opened = new ArrayList<>(signers);
    for (Key key : some) {
      opened.add(key.open(allowExposedKeys));
    }
    return List.copyOf(opened);
  }

  /**
   * The keys in files that make the sidecars of a tree: those of the hosts whose rules take
   * sidecars from it, from a directory above it or from one within it. All keys where no rule says
   * so.
   *
   * @param tree a directory or file
   * @return in signing order; more than a sidecar holds if the hosts together have so many
   */
  public List<Key> keysOfTree(Path tree) {
    Path real = SidecarKeys.real(tree);
    List<Rule> taking =
        rules.stream()
            .filter(rule -> rule.modes().contains(Mode.SIDECAR))
            .filter(rule -> rule.root().filter(root -> isNested(root, real)).isPresent())
            .toList();
    return keys.stream()
        .filter(
            key ->
                taking.isEmpty()
                    || hosts.stream()
                        .filter(host -> covers(key.hosts(), host))
                        .anyMatch(
                            host -> taking.stream().anyMatch(rule -> covers(rule.hosts(), host))))
        .toList();
  }

  private static boolean isNested(Path root, Path tree) {
    Path real = SidecarKeys.real(root);
    return tree.startsWith(real) || real.startsWith(tree);
  }

  private Map<Key, Signer> openKeys() throws KeyMaterialException {
    Map<Key, Signer> opened = new LinkedHashMap<>();
    for (Key key : keys) {
      opened.put(key, key.open(allowExposedKeys));
    }
    return opened;
  }

  /**
   * The signers of each of the {@link #hosts} in signing order. The key files are read anew with
   * every call, each once; hosts that share a key share its signer.
   *
   * @return all hosts in the order of the settings, with an empty list where no key signs
   * @throws KeyMaterialException if a key file cannot be used
   */
  public Map<HostPattern, List<Signer>> openSignersByHost() throws KeyMaterialException {
    Map<Key, Signer> opened = openKeys();
    Map<HostPattern, List<Signer>> byHost = new LinkedHashMap<>();
    for (HostPattern host : hosts) {
      List<Signer> own = new ArrayList<>(signers);
      keysOf(host).forEach(key -> own.add(requireNonNull(opened.get(key))));
      byHost.put(host, List.copyOf(own));
    }
    return Collections.unmodifiableMap(byHost);
  }

  /**
   * What a server with these settings does, for comparison with DNS. For a host without a signing
   * key, the keys are those that the sidecars below its rules' roots name; a sample of them is read
   * for it. For a wildcard the plan has the domain behind it.
   *
   * @throws KeyMaterialException if a key file cannot be used
   */
  public CheckPlan checkPlan() throws KeyMaterialException {
    return checkPlan(openSignersByHost(), Rule::root);
  }

  /**
   * The same with signers that are open already.
   *
   * @param opened what {@link #openSignersByHost} gave
   * @param roots where the files of a rule are
   */
  public CheckPlan checkPlan(
      Map<HostPattern, List<Signer>> opened, Function<Rule, Optional<Path>> roots) {
    return new CheckPlans(this, opened, roots).plan();
  }

  /** Starts settings in code, with the defaults of the reference table. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * A key in a file or in an ssh-agent.
   *
   * @param number the N of its settings' names
   * @param file the private key, or the public one of a key in an agent
   * @param fqdn the domain that publishes it; empty to have clients walk up (decision 8)
   * @param passphraseFile a file with the passphrase in its first line
   * @param passphraseVariable the environment variable that holds the passphrase
   * @param agent who has the private key; empty where the file has it
   * @param hosts those of {@code dive.hosts} that it signs for; empty for all
   */
  public record Key(
      int number,
      KeyId id,
      Path file,
      Optional<Fqdn> fqdn,
      Optional<Path> passphraseFile,
      Optional<String> passphraseVariable,
      Optional<SshAgent> agent,
      Set<HostPattern> hosts) {
    /** No component may be null. */
    public Key {
      hosts = copyInOrder(hosts);
      requireNonNull(id, "id");
      requireNonNull(file, "file");
      requireNonNull(fqdn, "fqdn");
      requireNonNull(passphraseFile, "passphraseFile");
      requireNonNull(passphraseVariable, "passphraseVariable");
      requireNonNull(agent, "agent");
    }

    /** A key in a file, for all hosts. */
    public Key(
        int number,
        KeyId id,
        Path file,
        Optional<Fqdn> fqdn,
        Optional<Path> passphraseFile,
        Optional<String> passphraseVariable) {
      this(number, id, file, fqdn, passphraseFile, passphraseVariable, Optional.empty(), Set.of());
    }

    /** How responses name the key. */
    public KeyReference reference() {
      return new KeyReference(id, fqdn);
    }

    private Signer open(boolean allowExposed) throws KeyMaterialException {
      if (agent.isPresent()) {
        return agent.orElseThrow().signer(reference(), new PublicKeyFile(file));
      }
      Optional<Passphrase> passphrase =
          passphraseFile
              .<Passphrase>map(Passphrase.InFile::new)
              .or(() -> passphraseVariable.map(Passphrase.InEnvironment::new));
      return new KeyFile(file, passphrase, allowExposed).read().signer(reference());
    }
  }

  /**
   * What happens to the responses of some paths.
   *
   * @param number the N of its settings' names
   * @param modes tried from left to right
   * @param root the directory of the files; empty for the web application's own
   * @param signaturesJson a {@code signatures.json} instead of sidecar files (decision 26)
   * @param hosts those of {@code dive.hosts} that it is for; empty for all
   */
  public record Rule(
      int number,
      PathPattern path,
      List<Mode> modes,
      Optional<Path> root,
      Optional<Path> signaturesJson,
      Set<HostPattern> hosts) {
    /** Copies the collections. */
    public Rule {
      requireNonNull(path, "path");
      modes = List.copyOf(modes);
      requireNonNull(root, "root");
      requireNonNull(signaturesJson, "signaturesJson");
      hosts = copyInOrder(hosts);
    }

    /** A rule for all hosts. */
    public Rule(
        int number,
        PathPattern path,
        List<Mode> modes,
        Optional<Path> root,
        Optional<Path> signaturesJson) {
      this(number, path, modes, root, signaturesJson, Set.of());
    }
  }

  /**
   * Signatures made beforehand.
   *
   * @param cacheEntries how many of them are remembered
   * @param serve whether the sidecar files themselves are served
   */
  public record Sidecars(Stale stale, Verify verify, int cacheEntries, boolean serve) {
    /** Checks the number. */
    public Sidecars {
      requireNonNull(stale, "stale");
      requireNonNull(verify, "verify");
      requireNotNegative(cacheEntries, "cacheEntries");
    }

    /** What the guard is told. */
    public FreshnessGuard.Mode guardMode() {
      return switch (verify) {
        case BACKGROUND -> FreshnessGuard.Mode.BACKGROUND;
        case FIRST -> FreshnessGuard.Mode.FIRST;
        case SIZE -> FreshnessGuard.Mode.SIZE;
      };
    }

    /** What is sent for a file that does not match its sidecar (decision 19). */
    public enum Stale {
      /** The file without signatures. */
      UNSIGNED,
      /** The file with the signatures as they are stored. */
      SERVE,
      /** 503. */
      FAIL
    }

    /** When a file is compared with its sidecar (decision 19). */
    public enum Verify {
      /** Its digest, in the background, after the first response. */
      BACKGROUND,
      /** Its digest, before the first response. */
      FIRST,
      /** Its size only. */
      SIZE
    }
  }

  /**
   * Bounds of the caches.
   *
   * @param staticEntries digests of files
   * @param signatureEntries signatures by digest
   */
  public record Caches(int staticEntries, int signatureEntries) {
    /** Checks the numbers. */
    public Caches {
      requireNotNegative(staticEntries, "staticEntries");
      requireNotNegative(signatureEntries, "signatureEntries");
    }
  }

  /**
   * Bounds of the bodies held back in stream mode.
   *
   * @param memoryBytes kept in memory per response, the rest goes to a temporary file
   * @param limitBytes longest body that is signed
   * @param tempDirectory empty for the system's
   * @param tempSpaceBytes all temporary files together
   */
  public record Stream(
      long memoryBytes,
      long limitBytes,
      Overflow overflow,
      Optional<Path> tempDirectory,
      long tempSpaceBytes) {
    /** Checks the numbers. */
    public Stream {
      requireNotNegative(memoryBytes, "memoryBytes");
      requireNotNegative(limitBytes, "limitBytes");
      requireNonNull(overflow, "overflow");
      requireNonNull(tempDirectory, "tempDirectory");
      requireNotNegative(tempSpaceBytes, "tempSpaceBytes");
    }

    /** What is sent for a body over the limit. */
    public enum Overflow {
      /** The body without signatures. */
      UNSIGNED,
      /** The body, with the fields as trailers (decision 17). */
      TRAILER,
      /** 500, or a broken connection where the body has begun. */
      FAIL
    }
  }

  /** What is sent when a signer fails. */
  public enum OnSigningFailure {
    /** The body without signatures. */
    UNSIGNED,
    /** 503. */
    FAIL
  }

  /** The comparison of keys and DNS at the start and after it. */
  public record Checks(Level level, Duration interval, Duration timeout) {
    /** No component may be null. */
    public Checks {
      requireNonNull(level, "level");
      requireNonNull(interval, "interval");
      requireNonNull(timeout, "timeout");
    }

    /** What an error found by the check means. */
    public enum Level {
      /** The start fails. */
      ENFORCE,
      /** It is logged. */
      WARN,
      /** There is no check. */
      OFF
    }
  }

  /**
   * Where DNS is asked.
   *
   * @param resolver as {@link Upstream#parse(String, String, TlsTrust)} reads it
   * @param resolverAuthorities PEM certificates that vouch for a resolver over TLS or HTTPS; empty
   *     for those of the Java runtime
   * @param trustAd whether such a resolver is believed that it has validated (decision 21)
   * @param trustAnchor a file with the root's or a zone's; empty for the built-in one of the root
   * @param authorities the servers the check asks too, as {@link Authorities#parse} reads them
   */
  public record Dns(
      String resolver,
      Optional<Path> resolverAuthorities,
      boolean trustAd,
      Optional<Path> trustAnchor,
      String authorities) {
    /** The servers that NS records name, where the resolver can be expected to know them. */
    public static final String AUTO = "auto";

    private static final String SYSTEM = "system";

    /** No component may be null. */
    public Dns {
      requireNonNull(resolver, "resolver");
      requireNonNull(resolverAuthorities, "resolverAuthorities");
      requireNonNull(trustAnchor, "trustAnchor");
      requireNonNull(authorities, "authorities");
    }

    /**
     * A resolver without TLS.
     *
     * @param resolver empty for the system's
     * @param trustAnchor a file with the root's or a zone's; empty for the built-in one of the root
     */
    public Dns(Optional<InetSocketAddress> resolver, Optional<Path> trustAnchor) {
      this(resolver.map(Upstream::text).orElse(SYSTEM), Optional.empty(), false, trustAnchor, AUTO);
    }

    /**
     * Where questions go.
     *
     * @throws ConfigException if the resolver cannot be used as set
     */
    public Upstream upstream() throws ConfigException {
      TlsTrust trust =
          resolverAuthorities.isPresent()
              ? TlsTrust.read(SettingsTable.DNS_TLS_CA.name(), resolverAuthorities.orElseThrow())
              : TlsTrust.ofRuntime();
      Upstream upstream = Upstream.parse(SettingsTable.DNS_RESOLVER.name(), resolver, trust);
      return trustAd ? upstream.trustingAd(SettingsTable.DNS_TRUST_AD.name()) : upstream;
    }

    /**
     * Where validation starts.
     *
     * @throws ConfigException if the file cannot be used
     */
    public TrustAnchors anchors() throws ConfigException {
      return trustAnchor.isPresent()
          ? TrustAnchors.read(trustAnchor.orElseThrow())
          : TrustAnchors.iana();
    }

    /**
     * A look-up as set.
     *
     * @param limit longest time for one look-up
     * @throws ConfigException if resolver or trust anchors cannot be used
     */
    public TxtLookup lookup(Duration limit, Clock clock) throws ConfigException {
      return new ValidatingTxtLookup(upstream(), anchors(), limit, clock);
    }

    /**
     * The authoritative servers to ask, as set; empty for none.
     *
     * @param limit longest time for one question
     * @throws ConfigException if resolver or trust anchors cannot be used
     */
    public Optional<Authorities> authorityServers(Duration limit, Clock clock)
        throws ConfigException {
      return Authorities.parse(
          SettingsTable.CHECK_AUTHORITIES.name(), authorities, upstream(), anchors(), limit, clock);
    }
  }

  /**
   * A zone that is verified by its ZONEMD record (RFC 8976).
   *
   * @param name empty for the one of the file's SOA record
   * @param file the zone file; with a transfer, the good copy to compare with
   * @param axfr the server to transfer from
   * @param tsigFile the key of the transfer
   * @param timeout longest time for one verification
   */
  public record Zone(
      Optional<Fqdn> name,
      Optional<Path> file,
      Optional<String> axfr,
      Optional<Path> tsigFile,
      Duration interval,
      Duration timeout) {
    /**
     * Checks what goes together.
     *
     * @throws IllegalArgumentException if there is neither a file nor a transfer with a name
     */
    public Zone {
      requireNonNull(name, "name");
      requireNonNull(file, "file");
      requireNonNull(axfr, "axfr");
      requireNonNull(tsigFile, "tsigFile");
      requireNonNull(interval, "interval");
      requireNonNull(timeout, "timeout");
      if (axfr.isPresent() ? name.isEmpty() : file.isEmpty()) {
        throw new IllegalArgumentException(
            "a zone needs a file, or a server to transfer from and its name");
      }
    }

    /**
     * The check as set.
     *
     * @param dns tells whether the zone has to be signed (RFC 8976 §4 step 1)
     * @throws ConfigException if resolver, trust anchors or TSIG key cannot be used
     */
    public ZoneCheck check(Dns dns, Clock clock) throws ConfigException {
      return check(new ZoneAnchors(dns.upstream(), dns.anchors(), timeout, clock), timeout, clock);
    }

    /**
     * The same check with a DNS and a time of its own.
     *
     * @param limit longest time for one verification
     * @throws ConfigException if the TSIG key cannot be used
     */
    public ZoneCheck check(ZoneAnchors anchors, Duration limit, Clock clock)
        throws ConfigException {
      ZoneVerifier verifier = ZoneVerifier.unanchored(clock);
      Optional<ZoneSource> local = Optional.empty();
      if (file.isPresent()) {
        local =
            Optional.of(
                name.isPresent()
                    ? ZoneSource.file(file.orElseThrow(), name.orElseThrow().name())
                    : ZoneSource.file(file.orElseThrow()));
      }
      if (axfr.isEmpty()) {
        return new ZoneCheck(local.orElseThrow(), verifier, limit, clock).anchoredBy(anchors);
      }
      String zone = name.orElseThrow().name();
      ZoneSource transfer =
          tsigFile.isPresent()
              ? ZoneSource.transfer(
                  axfr.orElseThrow(), zone, TsigKey.read(tsigFile.orElseThrow()), clock)
              : ZoneSource.transfer(axfr.orElseThrow(), zone);
      ZoneCheck check = new ZoneCheck(transfer, verifier, limit, clock).anchoredBy(anchors);
      return local.map(check::comparingWith).orElse(check);
    }
  }

  /**
   * A resource of this site that is fetched and verified as a client would.
   *
   * @param connect where to connect whatever the URL says, for http URLs; empty for the URL's host
   */
  public record Canary(URI url, Optional<InetSocketAddress> connect, Duration interval) {
    /** No component may be null. */
    public Canary {
      requireNonNull(url, "url");
      requireNonNull(connect, "connect");
      requireNonNull(interval, "interval");
    }
  }

  private static void requireNotNegative(long number, String name) {
    if (number < 0) {
      throw new IllegalArgumentException(name + " is negative: " + number);
    }
  }

  /** Collects settings in code. For one thread. */
  public static final class Builder {
    private final Set<HostPattern> hosts = new LinkedHashSet<>();
    private final List<Key> keys = new ArrayList<>();
    private final List<Signer> signers = new ArrayList<>();
    private final List<Rule> rules = new ArrayList<>();
    private Set<ProtocolVersion> drafts = EnumSet.copyOf(SettingsTable.DRAFTS.defaultValue());
    private HashAlgorithm hash = SettingsTable.HASH.defaultValue();
    private boolean allowExposedKeys = SettingsTable.KEY_ALLOW_EXPOSED.defaultValue();
    private Optional<SidecarStore> sidecarStore = Optional.empty();
    private Optional<TxtLookup> txtLookup = Optional.empty();
    private Sidecars sidecars =
        new Sidecars(
            SettingsTable.STALE.defaultValue(),
            SettingsTable.SIDECAR_VERIFY.defaultValue(),
            SettingsTable.SIDECAR_CACHE_ENTRIES.defaultValue(),
            SettingsTable.SIDECAR_SERVE.defaultValue());
    private Caches caches =
        new Caches(
            SettingsTable.STATIC_CACHE_ENTRIES.defaultValue(),
            SettingsTable.SIGNATURE_CACHE_ENTRIES.defaultValue());
    private Stream stream =
        new Stream(
            SettingsTable.STREAM_MEMORY.defaultValue(),
            SettingsTable.STREAM_LIMIT.defaultValue(),
            SettingsTable.STREAM_OVERFLOW.defaultValue(),
            Optional.empty(),
            SettingsTable.STREAM_TEMP_SPACE.defaultValue());
    private boolean noTransform = SettingsTable.NO_TRANSFORM.defaultValue();
    private OnSigningFailure onSigningFailure = SettingsTable.ON_SIGNING_FAILURE.defaultValue();
    private Checks checks =
        new Checks(
            SettingsTable.CHECK.defaultValue(),
            SettingsTable.CHECK_INTERVAL.defaultValue(),
            SettingsTable.CHECK_TIMEOUT.defaultValue());
    private Dns dns = new Dns(Optional.empty(), Optional.empty());
    private Optional<Zone> zone = Optional.empty();
    private Optional<Canary> canary = Optional.empty();
    private Optional<Duration> reloadInterval = SettingsTable.RELOAD_INTERVAL.defaultValue();

    private Builder() {}

    /** Adds a covered host. */
    public Builder host(Fqdn host) {
      return host(HostPattern.of(host));
    }

    /** Adds a covered host or wildcard. */
    public Builder host(HostPattern host) {
      hosts.add(requireNonNull(host, "host"));
      return this;
    }

    /** The revisions to send; the default is all. */
    public Builder drafts(Set<ProtocolVersion> revisions) {
      drafts = Set.copyOf(revisions);
      return this;
    }

    /** The hash; the default is SHA-256. */
    public Builder hash(HashAlgorithm algorithm) {
      hash = requireNonNull(algorithm, "algorithm");
      return this;
    }

    /** Adds a key in a file, behind those added before. */
    public Builder key(Key key) {
      keys.add(requireNonNull(key, "key"));
      return this;
    }

    /** Whether key files that others may read are accepted; the default is no. */
    public Builder allowExposedKeys(boolean allow) {
      allowExposedKeys = allow;
      return this;
    }

    /** Adds a signer, behind those added before. */
    public Builder signer(Signer signer) {
      signers.add(requireNonNull(signer, "signer"));
      return this;
    }

    /**
     * Adds a rule for the web application's own files, behind those added before.
     *
     * @throws IllegalArgumentException if the pattern is none
     */
    public Builder rule(String pattern, Mode... modes) {
      return rule(
          new Rule(
              rules.size() + 1,
              new PathPattern(pattern),
              List.of(modes),
              Optional.empty(),
              Optional.empty()));
    }

    /** Adds a rule, behind those added before. */
    public Builder rule(Rule rule) {
      rules.add(requireNonNull(rule, "rule"));
      return this;
    }

    /** A store of signatures instead of the files beside the downloads. */
    public Builder sidecarStore(SidecarStore store) {
      sidecarStore = Optional.of(store);
      return this;
    }

    /** A look-up for the checks instead of one made from the DNS settings. */
    public Builder txtLookup(TxtLookup lookup) {
      txtLookup = Optional.of(lookup);
      return this;
    }

    /** How sidecars are treated. */
    public Builder sidecars(Sidecars settings) {
      sidecars = requireNonNull(settings, "settings");
      return this;
    }

    /** The bounds of the caches. */
    public Builder caches(Caches bounds) {
      caches = requireNonNull(bounds, "bounds");
      return this;
    }

    /** The bounds of stream mode. */
    public Builder stream(Stream bounds) {
      stream = requireNonNull(bounds, "bounds");
      return this;
    }

    /** Whether covered responses say {@code no-transform} (decision 16); the default is yes. */
    public Builder noTransform(boolean send) {
      noTransform = send;
      return this;
    }

    /** What is sent when a signer fails; the default is the body without signatures. */
    public Builder onSigningFailure(OnSigningFailure answer) {
      onSigningFailure = requireNonNull(answer, "answer");
      return this;
    }

    /** The checks of keys against DNS. */
    public Builder checks(Checks settings) {
      checks = requireNonNull(settings, "settings");
      return this;
    }

    /** Where DNS is asked. */
    public Builder dns(Dns settings) {
      dns = requireNonNull(settings, "settings");
      return this;
    }

    /** The zone to verify by its digest; the default is none. */
    public Builder zone(Zone verified) {
      zone = Optional.of(verified);
      return this;
    }

    /** The resource to fetch and verify; the default is none. */
    public Builder canary(Canary resource) {
      canary = Optional.of(resource);
      return this;
    }

    /** How often the files are looked at for a change, empty for never; the default is 10 s. */
    public Builder reloadInterval(Optional<Duration> interval) {
      reloadInterval = requireNonNull(interval, "interval");
      return this;
    }

    /**
     * The settings.
     *
     * @throws IllegalArgumentException naming every contradiction
     */
    public DiveSettings build() {
      return new DiveSettings(
          hosts,
          drafts,
          hash,
          keys,
          allowExposedKeys,
          signers,
          rules,
          sidecarStore,
          txtLookup,
          sidecars,
          caches,
          stream,
          noTransform,
          onSigningFailure,
          checks,
          dns,
          zone,
          canary,
          reloadInterval);
    }
  }
}
