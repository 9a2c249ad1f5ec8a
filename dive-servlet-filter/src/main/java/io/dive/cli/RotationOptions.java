// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static java.util.Objects.requireNonNull;

import io.dive.dns.DynamicUpdate;
import io.dive.dns.TsigKey;
import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.KeyId;
import io.dive.protocol.MalformedFieldException;
import io.dive.rotation.Progress;
import io.dive.rotation.RecordPublisher;
import io.dive.rotation.Rotation;
import io.dive.rotation.RotationSetup;
import io.dive.settings.DiveSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of rotations and revocations, and how both are run. */
final class RotationOptions {
  private static final Pattern DURATION = Pattern.compile("(0|[1-9][0-9]{0,8})([smhd])");

  @Option(
      names = "--config",
      paramLabel = "FILE",
      required = true,
      description = "The dive.properties with the key; it is edited.")
  private @Nullable Path config;

  @Option(
      names = "--state",
      paramLabel = "FILE",
      required = true,
      description = "Remembers the step and every Key ID ever used; keep it for ever.")
  private @Nullable Path state;

  @Option(names = "--status", description = "Only say what is under way.")
  private boolean status;

  @Option(
      names = "--update",
      paramLabel = "HOST[:PORT]",
      description =
          "Publish by dynamic update at the zone's primary; without it, the records to publish are"
              + " printed.")
  private @Nullable String update;

  @Option(
      names = "--tsig",
      paramLabel = "FILE",
      description = "Key for --update, as tsig-keygen writes it.")
  private @Nullable Path tsig;

  @Mixin private AuthorityOptions servers = new AuthorityOptions();

  @Option(
      names = "--tree",
      paramLabel = "DIR",
      description =
          "Directory with sidecars to sign anew; may be given repeatedly (default: the roots of"
              + " rules of mode sidecar).")
  private List<Path> trees = new ArrayList<>();

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "Resource to fetch as a client; may be given repeatedly (default: the canary).")
  private List<URI> urls = new ArrayList<>();

  @Option(
      names = "--connect",
      paramLabel = "HOST:PORT",
      description = "Connect there, whatever the URLs' host and port; for http URLs.")
  private @Nullable String connect;

  @Option(
      names = "--wait",
      description =
          "Wait where time has to pass or somebody has to act, until it is done. With --json, one"
              + " object per line as things happen.")
  private boolean wait;

  @Mixin private DnsOptions dns = new DnsOptions();
  @Mixin private Output output = new Output();

  /** A rotation or revocation with a setup. */
  interface Work {
    /** Goes as far as is possible now. */
    Progress advance() throws DiveException, InterruptedException;

    /** Waits until it is done. */
    Progress finish(RotationSetup.Waiter waiter) throws DiveException, InterruptedException;
  }

  static KeyId keyId(String text) throws ConfigException {
    try {
      return KeyId.parse(text);
    } catch (MalformedFieldException e) {
      throw new ConfigException(ErrorCode.SETTING_INVALID, "--key", "--key: " + e.getMessage());
    }
  }

  static Duration duration(String option, String text) throws ConfigException {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw new ConfigException(
          ErrorCode.SETTING_INVALID,
          option,
          option
              + " takes a number with s, m, h or d, such as 12h, not \""
              + Excerpt.of(text)
              + "\"");
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }

  /**
   * Does it, or only says what is under way.
   *
   * @param overlap as {@link RotationSetup.Builder#overlap} takes it
   * @return the exit code
   */
  int run(Duration overlap, Function<RotationSetup, Work> begin)
      throws DiveException, InterruptedException {
    RotationOutput told = new RotationOutput(output, wait);
    if (status) {
      Instant now = Clock.systemUTC().instant();
      return told.status(Rotation.underWay(requireNonNull(state, "required"), now));
    }
    Work work = begin.apply(setup(told).overlap(overlap).build());
    Interruption interruption = new Interruption(told::interrupted);
    try {
      return told.outcome(wait ? work.finish(RotationOptions::pause) : work.advance());
    } finally {
      interruption.cancel();
    }
  }

  /** What the options and, for what they leave open, the configuration say. */
  private RotationSetup.Builder setup(RotationOutput told) throws ConfigException {
    Path file = requireNonNull(config, "required");
    Optional<DiveSettings> settings = Optional.of(DiveSettings.load(file));
    Clock clock = Clock.systemUTC();
    RotationSetup.Builder setup =
        RotationSetup.of(
                file,
                requireNonNull(state, "required"),
                publisher(dns.limit(settings), clock, told),
                servers.required(settings, dns, clock),
                dns.lookup(settings, clock))
            .dnsLimit(dns.limit(settings))
            .trees(trees)
            .urls(urls)
            .listener(told)
            .clock(clock);
    if (connect != null) {
      setup.connect(HostAndPort.parse("--connect", connect));
    }
    return setup;
  }

  private RecordPublisher publisher(Duration limit, Clock clock, RotationOutput told)
      throws ConfigException {
    if (update == null) {
      if (tsig != null) {
        throw new ConfigException(
            ErrorCode.SETTINGS_CONTRADICT, "--tsig", "--tsig is for --update; name the server too");
      }
      return RecordPublisher.telling(told::toPublish);
    }
    return RecordPublisher.updating(
        new DynamicUpdate(
            HostAndPort.parseNameServer("--update", update),
            tsig == null ? Optional.empty() : Optional.of(TsigKey.read(tsig)),
            limit,
            clock));
  }

  /** Lets time pass. */
  private static void pause(Duration time) throws InterruptedException {
    Thread.sleep(time.toMillis() + 1);
  }
}
