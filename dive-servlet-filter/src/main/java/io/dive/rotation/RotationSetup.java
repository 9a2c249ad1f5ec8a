// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import static java.util.Objects.requireNonNull;

import io.dive.dns.Authorities;
import io.dive.dns.TxtLookup;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a {@link Rotation} or {@link Revocation} works with: files, DNS, what is served, and time.
 * Immutable.
 */
public final class RotationSetup {
  /** Lets time pass. */
  @FunctionalInterface
  public interface Waiter {
    /** Returns when about that time has passed. */
    void pause(Duration time) throws InterruptedException;
  }

  final Path settingsFile;
  final Path stateFile;
  final RecordPublisher publisher;
  final Authorities authorities;
  final TxtLookup resolver;
  final Duration dnsLimit;
  final List<Path> trees;
  final List<URI> urls;
  final Optional<InetSocketAddress> connect;
  final Duration overlap;
  final Duration pollInterval;
  final RotationListener listener;
  final Clock clock;

  private RotationSetup(Builder builder) {
    this.settingsFile = builder.settingsFile;
    this.stateFile = builder.stateFile;
    this.publisher = builder.publisher;
    this.authorities = builder.authorities;
    this.resolver = builder.resolver;
    this.dnsLimit = builder.dnsLimit;
    this.trees = List.copyOf(builder.trees);
    this.urls = List.copyOf(builder.urls);
    this.connect = builder.connect;
    this.overlap = builder.overlap;
    this.pollInterval = builder.pollInterval;
    this.listener = builder.listener;
    this.clock = builder.clock;
  }

  /**
   * Starts a setup.
   *
   * @param settingsFile the {@code dive.properties} with the keys; it is edited
   * @param stateFile remembers the step reached and every Key ID ever used; made if it is not there
   * @param publisher changes DNS
   * @param authorities the servers at which a change has to show
   * @param resolver how clients see DNS
   */
  public static Builder of(
      Path settingsFile,
      Path stateFile,
      RecordPublisher publisher,
      Authorities authorities,
      TxtLookup resolver) {
    return new Builder(settingsFile, stateFile, publisher, authorities, resolver);
  }

  /** Collects a setup. For one thread. */
  public static final class Builder {
    private final Path settingsFile;
    private final Path stateFile;
    private final RecordPublisher publisher;
    private final Authorities authorities;
    private final TxtLookup resolver;
    private Duration dnsLimit = Duration.ofSeconds(5);
    private List<Path> trees = List.of();
    private List<URI> urls = List.of();
    private Optional<InetSocketAddress> connect = Optional.empty();
    private Duration overlap = Duration.ofDays(1);
    private Duration pollInterval = Duration.ofSeconds(5);
    private RotationListener listener = RotationListener.NONE;
    private Clock clock = Clock.systemUTC();

    private Builder(
        Path settingsFile,
        Path stateFile,
        RecordPublisher publisher,
        Authorities authorities,
        TxtLookup resolver) {
      this.settingsFile = requireNonNull(settingsFile, "settingsFile");
      this.stateFile = requireNonNull(stateFile, "stateFile");
      this.publisher = requireNonNull(publisher, "publisher");
      this.authorities = requireNonNull(authorities, "authorities");
      this.resolver = requireNonNull(resolver, "resolver");
    }

    /** Longest time for one question to one server, and for a client's look-ups. Default 5 s. */
    public Builder dnsLimit(Duration limit) {
      dnsLimit = requireNonNull(limit, "limit");
      return this;
    }

    /** Directories with sidecars. Default: the roots of the settings' rules of mode sidecar. */
    public Builder trees(List<Path> directories) {
      trees = List.copyOf(directories);
      return this;
    }

    /** What is fetched to see what the server sends. Default: the settings' canary. */
    public Builder urls(List<URI> resources) {
      urls = List.copyOf(resources);
      return this;
    }

    /** Where to connect whatever the URLs say, for http URLs. Default: the canary's or none. */
    public Builder connect(InetSocketAddress address) {
      connect = Optional.of(address);
      return this;
    }

    /**
     * How long answers with only the old signature may still be held by HTTP caches, or be on their
     * way. Default a day.
     */
    public Builder overlap(Duration time) {
      overlap = requireNonNull(time, "time");
      return this;
    }

    /** Time between two looks at what does not say when it will happen. Default 5 s. */
    public Builder pollInterval(Duration time) {
      pollInterval = requireNonNull(time, "time");
      return this;
    }

    /** Who hears what is done. Default nobody. */
    public Builder listener(RotationListener hearer) {
      listener = requireNonNull(hearer, "hearer");
      return this;
    }

    /** The time for waiting, Key IDs and {@code invalidate-keys-cache}. Default the system's. */
    public Builder clock(Clock time) {
      clock = requireNonNull(time, "time");
      return this;
    }

    /** The setup. */
    public RotationSetup build() {
      return new RotationSetup(this);
    }
  }
}
