// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import io.dive.dns.Upstream;
import io.dive.key.SshAgent;
import io.dive.protocol.ConfigException;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.ProtocolVersion;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What values a setting may have.
 *
 * @param name a word or two for the reference table
 * @param allowed the end of the sentence "allowed: "
 * @param parser from the text and the directory that relative file names start from; empty when the
 *     text is not allowed
 */
record SettingType<T>(String name, String allowed, BiFunction<String, Path, Optional<T>> parser) {
  private static final Pattern SIZE = Pattern.compile("(0|[1-9][0-9]{0,17})(KiB|MiB|GiB|B)?");

  /** A file is read in pieces of so much, each of which a waiting request has to wait for. */
  private static final long LEAST_RATE = 256 << 10;

  private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,8})(ms|s|m|h|d)");
  private static final Pattern COUNT = Pattern.compile("0|[1-9][0-9]{0,8}");
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final String AGENT_VARIABLE = "SSH_AUTH_SOCK";

  static final SettingType<Set<HostPattern>> HOSTS =
      list(
          "host names",
          "host names, or *. before a domain for all names below it, separated by commas, with"
              + " labels of 1 to 63 letters, digits, hyphens or underscores",
          HostPattern::parse);
  static final SettingType<Set<ProtocolVersion>> DRAFTS =
      list("draft numbers", "01, 00 or both, separated by a comma", ProtocolVersion::fromNumber);
  static final SettingType<List<Mode>> MODES =
      new SettingType<>(
          "modes",
          "sidecar, static, stream, separated by commas and in this or another order; or off",
          (text, directory) -> each(text, word -> choice(Mode.class, word)));
  static final SettingType<HashAlgorithm> HASH =
      of(
          "hash",
          String.join(", ", Arrays.stream(HashAlgorithm.values()).map(h -> h.draftName()).toList()),
          HashAlgorithm::fromDraftName);
  static final SettingType<KeyId> KEY_ID =
      of("Key ID", "1 to 63 of A-Z, a-z, 0-9 and _", SettingType::keyId);
  static final SettingType<Fqdn> FQDN =
      of(
          "host name",
          "a domain name with labels of 1 to 63 letters, digits, hyphens or underscores",
          SettingType::host);
  static final SettingType<PathPattern> PATTERN =
      of(
          "path pattern",
          "a path from / on, with * within a segment and ** for any number of segments",
          PathPattern::parse);
  static final SettingType<Path> FILE = path("file", "an existing file", Files::isRegularFile);
  static final SettingType<Path> DIRECTORY =
      path("directory", "an existing directory", Files::isDirectory);
  static final SettingType<Path> AGENT =
      new SettingType<>(
          "socket",
          "the path of an ssh-agent's socket, at most %d bytes, relative to the directory of"
                  .formatted(SshAgent.MAX_PATH_BYTES)
              + " dive.properties; or SSH_AUTH_SOCK for the path in that environment variable, which has to be set",
          SettingType::agent);
  static final SettingType<String> VARIABLE_NAME =
      of(
          "variable name",
          "the name of an environment variable",
          text -> Optional.of(text).filter(t -> VARIABLE.matcher(t).matches()));
  static final SettingType<Boolean> BOOLEAN =
      of(
          "boolean",
          "true or false",
          text ->
              text.equals("true") || text.equals("false")
                  ? Optional.of(text.equals("true"))
                  : Optional.empty());
  static final SettingType<Integer> ENTRIES =
      of(
          "entries",
          "a number from 0 to 999999999",
          text -> Optional.of(text).filter(t -> COUNT.matcher(t).matches()).map(Integer::valueOf));
  static final SettingType<Long> BYTES =
      of("size", "a number with B, KiB, MiB or GiB, such as 64KiB", SettingType::size);
  static final SettingType<Optional<Long>> RATE_OR_OFF =
      of(
          "rate",
          "a number with KiB, MiB or GiB, at least 256KiB, read in a second, such as 50MiB; or off",
          SettingType::rateOrOff);
  static final SettingType<Duration> TIME =
      of("duration", "a number with ms, s, m, h or d, such as 5s", SettingType::duration);
  static final SettingType<Optional<Duration>> TIME_OR_OFF =
      of(
          "duration",
          "a number with ms, s, m, h or d, such as 5s; or off",
          SettingType::durationOrOff);
  static final SettingType<String> RESOLVER =
      of(
          "resolver",
          "system, an IP address with :port behind it where it is not 53,"
              + " tls://IP-or-name[:port][#certificate-name], or https://host/dns-query",
          text -> accepted(text, t -> Upstream.parse("", t)));
  static final SettingType<String> AUTHORITIES =
      of(
          "servers",
          "auto, off, or IP addresses separated by commas, with :port where it is not 53",
          text ->
              text.equals("auto") || text.equals("off")
                  ? Optional.of(text)
                  : accepted(text, t -> Upstream.addresses("", t)));
  static final SettingType<String> SERVER =
      of(
          "server",
          "an IP address, with :port behind it where it is not 53",
          text ->
              text.contains(",")
                  ? Optional.empty()
                  : accepted(text, t -> Upstream.addresses("", t)));
  static final SettingType<InetSocketAddress> ADDRESS =
      of(
          "address",
          "an IP address with a port, such as 127.0.0.1:8080",
          SettingType::addressWithPort);
  static final SettingType<URI> URL =
      of("URL", "an http or https URL with a host", SettingType::url);

  /** One of an enum's constants, in lower case with hyphens. */
  static <E extends Enum<E>> SettingType<E> choice(Class<E> choices) {
    return of(
        "choice",
        String.join(
            ", ", Arrays.stream(choices.getEnumConstants()).map(DiveSettings::word).toList()),
        text -> choice(choices, text));
  }

  private static <E extends Enum<E>> Optional<E> choice(Class<E> choices, String text) {
    return Arrays.stream(choices.getEnumConstants())
        .filter(c -> DiveSettings.word(c).equals(text))
        .findFirst();
  }

  private static <T> SettingType<T> of(
      String name, String allowed, Function<String, Optional<T>> parser) {
    return new SettingType<>(name, allowed, (text, directory) -> parser.apply(text));
  }

  private static <T> SettingType<Set<T>> list(
      String name, String allowed, Function<String, Optional<T>> element) {
    return new SettingType<>(
        name, allowed, (text, directory) -> each(text, element).map(LinkedHashSet::new));
  }

  private static <T> Optional<List<T>> each(String text, Function<String, Optional<T>> element) {
    List<T> elements = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Optional<T> parsed = element.apply(part.strip());
      if (parsed.isEmpty()) {
        return Optional.empty();
      }
      elements.add(parsed.get());
    }
    return Optional.of(List.copyOf(elements));
  }

  private static SettingType<Path> path(String name, String allowed, Predicate<Path> exists) {
    return new SettingType<>(
        name,
        allowed + "; relative to the directory of dive.properties",
        (text, directory) -> {
          try {
            return Optional.of(directory.resolve(text)).filter(exists);
          } catch (InvalidPathException e) {
            return Optional.empty();
          }
        });
  }

  /** The socket may come later, so it is not looked for. */
  private static Optional<Path> agent(String text, Path directory) {
    String path = text.equals(AGENT_VARIABLE) ? System.getenv(AGENT_VARIABLE) : text;
    if (path == null || path.isEmpty()) {
      return Optional.empty();
    }
    try {
      Path socket = directory.resolve(path);
      int bytes = socket.toString().getBytes(StandardCharsets.UTF_8).length;
      return Optional.of(socket).filter(s -> bytes <= SshAgent.MAX_PATH_BYTES);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static Optional<Fqdn> host(String text) {
    try {
      return Optional.of(Fqdn.parse(text));
    } catch (MalformedFieldException e) {
      return Optional.empty();
    }
  }

  private static Optional<KeyId> keyId(String text) {
    try {
      return Optional.of(KeyId.parse(text));
    } catch (MalformedFieldException e) {
      return Optional.empty();
    }
  }

  private static Optional<Long> size(String text) {
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String unit = matcher.group(2);
    int shift = unit == null ? 0 : 10 * List.of("B", "KiB", "MiB", "GiB").indexOf(unit);
    long number = Long.parseLong(matcher.group(1));
    return number > Long.MAX_VALUE >> shift ? Optional.empty() : Optional.of(number << shift);
  }

  private static Optional<Optional<Long>> rateOrOff(String text) {
    if (text.equals("off")) {
      return Optional.of(Optional.empty());
    }
    Optional<Long> rate = size(text).filter(bytes -> bytes >= LEAST_RATE);
    return rate.isPresent() ? Optional.of(rate) : Optional.empty();
  }

  private static Optional<Duration> duration(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long number = Long.parseLong(matcher.group(1));
    return Optional.of(
        switch (matcher.group(2)) {
          case "ms" -> Duration.ofMillis(number);
          case "s" -> Duration.ofSeconds(number);
          case "m" -> Duration.ofMinutes(number);
          case "h" -> Duration.ofHours(number);
          default -> Duration.ofDays(number);
        });
  }

  private static Optional<Optional<Duration>> durationOrOff(String text) {
    if (text.equals("off")) {
      return Optional.of(Optional.empty());
    }
    Optional<Duration> duration = duration(text);
    return duration.isPresent() ? Optional.of(duration) : Optional.empty();
  }

  /** Something that reads a text, or refuses it. */
  private interface Reading {
    Object read(String text) throws ConfigException;
  }

  private static Optional<String> accepted(String text, Reading reading) {
    try {
      reading.read(text);
      return Optional.of(text);
    } catch (ConfigException e) {
      return Optional.empty(); // the settings' own message says what is allowed
    }
  }

  private static Optional<InetSocketAddress> addressWithPort(String text) {
    if (text.endsWith("]") || !text.contains(":") || text.contains(",")) {
      return Optional.empty();
    }
    try {
      return Optional.of(Upstream.addresses("", text).get(0));
    } catch (ConfigException e) {
      return Optional.empty();
    }
  }

  private static Optional<URI> url(String text) {
    try {
      URI uri = new URI(text);
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      return http && uri.getHost() != null ? Optional.of(uri) : Optional.empty();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }
}
