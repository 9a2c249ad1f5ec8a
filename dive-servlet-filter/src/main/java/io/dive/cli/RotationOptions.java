// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static java.util.Objects.requireNonNull;

import io.dive.dns.DynamicUpdate;
import io.dive.dns.TsigKey;
import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.KeyId;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.RotationException;
import io.dive.rotation.Progress;
import io.dive.rotation.RecordPublisher;
import io.dive.rotation.Rotation;
import io.dive.rotation.RotationListener;
import io.dive.rotation.RotationSetup;
import io.dive.settings.DiveSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of rotations and revocations, and what both print. */
final class RotationOptions implements RotationListener {
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
      description = "Wait where time has to pass or somebody has to act, until it is done.")
  private boolean wait;

  @Mixin private DnsOptions dns = new DnsOptions();
  @Mixin private Output output = new Output();

  private final List<String> steps = new ArrayList<>();
  private final List<String> records = new ArrayList<>();

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

  boolean isStatusOnly() {
    return status;
  }

  boolean waits() {
    return wait;
  }

  /** What the options and, for what they leave open, the configuration say. */
  RotationSetup.Builder setup() throws ConfigException {
    Path file = requireNonNull(config, "required");
    Optional<DiveSettings> settings = Optional.of(DiveSettings.load(file));
    Clock clock = Clock.systemUTC();
    RotationSetup.Builder setup =
        RotationSetup.of(
                file,
                requireNonNull(state, "required"),
                publisher(dns.limit(settings), clock),
                servers.required(settings, dns, clock),
                dns.lookup(settings, clock))
            .dnsLimit(dns.limit(settings))
            .trees(trees)
            .urls(urls)
            .listener(this)
            .clock(clock);
    if (connect != null) {
      setup.connect(HostAndPort.parse("--connect", connect));
    }
    return setup;
  }

  private RecordPublisher publisher(Duration limit, Clock clock) throws ConfigException {
    if (update == null) {
      if (tsig != null) {
        throw new ConfigException(
            ErrorCode.SETTINGS_CONTRADICT, "--tsig", "--tsig is for --update; name the server too");
      }
      return RecordPublisher.telling(this::tell);
    }
    return RecordPublisher.updating(
        new DynamicUpdate(
            HostAndPort.parseNameServer("--update", update),
            tsig == null ? Optional.empty() : Optional.of(TsigKey.read(tsig)),
            limit,
            clock));
  }

  private void tell(String line) {
    records.add(line);
    output.say("in your zone, " + line);
  }

  @Override
  public void starting(String action) {
    output.say("doing    " + action);
  }

  @Override
  public void done(String action) {
    steps.add(action);
    output.say("done     " + action);
  }

  @Override
  public void waiting(Progress.Awaited awaited) {
    output.say(text(awaited));
  }

  private static String text(Progress.Awaited awaited) {
    return "awaited  "
        + awaited.sentence()
        + awaited.shownUntil().map(until -> " (until " + until + ")").orElse("");
  }

  /** Prints how far it has come. */
  int report(Progress progress) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("done", progress.isDone());
    json.put("steps", steps);
    json.put("records", records);
    progress
        .awaited()
        .ifPresent(
            awaited -> {
              json.put("awaited", awaited.sentence());
              json.put("until", awaited.shownUntil().map(Object::toString).orElse(null));
            });
    output.print(
        json,
        progress
            .awaited()
            .map(awaited -> text(awaited) + "\nnot done yet: run this again")
            .orElse("all done"));
    return progress.isDone() ? CommandLine.ExitCode.OK : DiveCommand.RUN_AGAIN;
  }

  /** Prints what is under way. */
  int reportStatus() throws RotationException {
    List<String> underWay = Rotation.underWay(requireNonNull(state, "required"));
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("done", underWay.isEmpty());
    json.put("under-way", underWay);
    output.print(json, underWay.isEmpty() ? "nothing is under way" : String.join("\n", underWay));
    return underWay.isEmpty() ? CommandLine.ExitCode.OK : DiveCommand.RUN_AGAIN;
  }

  /** Lets time pass. */
  static void pause(Duration time) throws InterruptedException {
    Thread.sleep(time.toMillis() + 1);
  }
}
