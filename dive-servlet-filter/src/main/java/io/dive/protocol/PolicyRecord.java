// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.greenbytes.http.sfv.Dictionary;
import org.greenbytes.http.sfv.InnerList;
import org.greenbytes.http.sfv.IntegerItem;
import org.greenbytes.http.sfv.Item;
import org.greenbytes.http.sfv.ListElement;
import org.greenbytes.http.sfv.StringItem;

/**
 * The policy record at {@code _dive.<domain>}. The components hold what is published; the methods
 * say what a client makes of it.
 *
 * @param scopes as published; empty means that no resource is verified
 * @param directives as published, unknown ones included
 * @param cacheSeconds as published, 0 or more, 0 when absent; see {@link #cacheDuration}
 * @param invalidateKeysCache key records cached at or before this instant, in whole seconds, are to
 *     be dropped
 * @param reportTo as published; see {@link #reportUri}
 * @see "draft-callec-dive-01 §Policy Record; draft-callec-dive-00 §The Policy Record; decision 31"
 */
public record PolicyRecord(
    ProtocolVersion version,
    List<String> scopes,
    List<String> directives,
    long cacheSeconds,
    Optional<Instant> invalidateKeysCache,
    Optional<String> reportTo) {
  /** The scope that covers every resource. */
  public static final String SCOPE_STRICT = "strict";

  /** The directive that forbids plain HTTP. */
  public static final String DIRECTIVE_HTTPS_REQUIRED = "https-required";

  /** The directive under which failures are reported and not blocked. */
  public static final String DIRECTIVE_REPORT_ONLY = "report-only";

  /** The TTL draft-01 advises; draft-00 advises 900 s, and the shorter one serves both. */
  public static final long ADVISED_TTL_SECONDS = 300;

  private static final String INVALIDATE_KEYS_CACHE = "invalidate-keys-cache";

  /** Largest RFC 9651 Integer. */
  private static final long MAX_INTEGER = 999_999_999_999_999L;

  /**
   * Copies the lists and checks that everything can be published.
   *
   * @throws IllegalArgumentException if a text holds something else than printable ASCII, or a
   *     number is outside the range of an RFC 9651 Integer
   */
  public PolicyRecord {
    requireNonNull(version, "version");
    scopes = List.copyOf(scopes);
    directives = List.copyOf(directives);
    requireNonNull(invalidateKeysCache, "invalidateKeysCache");
    requireNonNull(reportTo, "reportTo");
    if (cacheSeconds < 0 || cacheSeconds > MAX_INTEGER) {
      throw new IllegalArgumentException("cacheSeconds out of range: " + cacheSeconds);
    }
    scopes.forEach(scope -> StructuredDictionary.requireString("scopes", scope));
    directives.forEach(name -> StructuredDictionary.requireString("directives", name));
    reportTo.ifPresent(url -> StructuredDictionary.requireString("reportTo", url));
    invalidateKeysCache.ifPresent(PolicyRecord::requireInteger);
  }

  private static void requireInteger(Instant instant) {
    if (instant.getNano() != 0 || Math.abs(instant.getEpochSecond()) > MAX_INTEGER) {
      throw new IllegalArgumentException(
          "invalidateKeysCache is not a whole number of seconds in range: " + instant);
    }
  }

  /** A policy of the given revision with the {@code strict} scope and nothing else. */
  public static PolicyRecord strict(ProtocolVersion version, long cacheSeconds) {
    return new PolicyRecord(
        version,
        List.of(SCOPE_STRICT),
        List.of(),
        cacheSeconds,
        Optional.empty(),
        Optional.empty());
  }

  /** Where the policy of a domain is published, without a final dot. */
  public static String ownerName(Fqdn domain) {
    return "_dive." + domain.name();
  }

  /**
   * Parses the joined value of one TXT record.
   *
   * @throws MalformedFieldException with {@link ErrorCode#UNKNOWN_VERSION} if {@code v} is
   *     well-formed and names no known revision, otherwise with the code of the broken rule
   */
  public static PolicyRecord parse(String text) throws MalformedFieldException {
    StructuredDictionary record =
        StructuredDictionary.parse(text, "policy record (drafts, Policy Record)");
    String v = record.string("v").orElseThrow(() -> record.missing("v"));
    ProtocolVersion version =
        ProtocolVersion.fromToken(v)
            .orElseThrow(
                () ->
                    record.error(
                        ErrorCode.UNKNOWN_VERSION,
                        "v=\"" + Excerpt.of(v) + "\" names no revision known here"));
    long cache = record.integer("cache").orElse(0L);
    if (cache < 0) {
      throw record.error(ErrorCode.VALUE_NOT_PERMITTED, "cache=" + cache + " is negative");
    }
    return new PolicyRecord(
        version,
        record.strings("scopes").orElse(List.of()),
        record.strings("directives").orElse(List.of()),
        cache,
        record.integer(INVALIDATE_KEYS_CACHE).map(Instant::ofEpochSecond),
        record.string("report-to"));
  }

  /** The canonical value, {@code scopes} always included (decision 31). */
  public String serialize() {
    Map<String, ListElement<? extends Object>> members = new LinkedHashMap<>();
    members.put("v", StringItem.valueOf(version.token()));
    members.put("scopes", innerList(scopes));
    if (!directives.isEmpty()) {
      members.put("directives", innerList(directives));
    }
    if (cacheSeconds > 0) {
      members.put("cache", IntegerItem.valueOf(cacheSeconds));
    }
    invalidateKeysCache.ifPresent(
        t -> members.put(INVALIDATE_KEYS_CACHE, IntegerItem.valueOf(t.getEpochSecond())));
    reportTo.ifPresent(url -> members.put("report-to", StringItem.valueOf(url)));
    return Dictionary.valueOf(members).serialize();
  }

  /**
   * A published record with another {@code invalidate-keys-cache}, everything else in it as it is,
   * members unknown here included, in canonical form (RFC 9651 §4.1).
   *
   * @param published the joined value of one TXT record
   * @param instant in whole seconds; empty to take the member away
   * @throws MalformedFieldException as {@link #parse}
   * @throws IllegalArgumentException if the instant is not in whole seconds or out of range
   */
  public static String withInvalidateKeysCache(String published, Optional<Instant> instant)
      throws MalformedFieldException {
    instant.ifPresent(PolicyRecord::requireInteger);
    parse(published);
    Map<String, ListElement<? extends Object>> members =
        new LinkedHashMap<>(
            StructuredDictionary.parse(published, "policy record (drafts, Policy Record)")
                .members());
    if (instant.isPresent()) {
      members.put(
          INVALIDATE_KEYS_CACHE, IntegerItem.valueOf(instant.orElseThrow().getEpochSecond()));
    } else {
      members.remove(INVALIDATE_KEYS_CACHE);
    }
    return Dictionary.valueOf(members).serialize();
  }

  static InnerList innerList(List<String> strings) {
    return InnerList.valueOf(
        strings.stream().<Item<? extends Object>>map(StringItem::valueOf).toList());
  }

  /** Whether every resource under the domain is covered. */
  public boolean isStrict() {
    return scopes.contains(SCOPE_STRICT);
  }

  /** Whether plain HTTP is forbidden to clients (decision 35). */
  public boolean isHttpsRequired() {
    return directives.contains(DIRECTIVE_HTTPS_REQUIRED);
  }

  /** Whether failures are reported instead of blocked. */
  public boolean isReportOnly() {
    return directives.contains(DIRECTIVE_REPORT_ONLY);
  }

  /** How long a client may cache the record: as published, clamped to the revision's cap. */
  public Duration cacheDuration() {
    return Duration.ofSeconds(Math.min(cacheSeconds, version.maxPolicyCache().toSeconds()));
  }

  /**
   * Where reports go; empty when absent or when it is not an absolute https URL (to be ignored).
   */
  public Optional<URI> reportUri() {
    return reportTo.flatMap(PolicyRecord::httpsUri);
  }

  private static Optional<URI> httpsUri(String text) {
    try {
      URI uri = new URI(text);
      return "https".equalsIgnoreCase(uri.getScheme()) && uri.getHost() != null
          ? Optional.of(uri)
          : Optional.empty();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }
}
