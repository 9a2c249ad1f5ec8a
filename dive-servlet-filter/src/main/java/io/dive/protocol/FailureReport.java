// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import com.grack.nanojson.JsonWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The report a client posts when a resource fails verification, in the form of either draft: they
 * differ only in which header fields stand under {@code headers-received}. Absent values are
 * written as JSON null; absent and null read alike (decision 37).
 *
 * @param timestampSeconds when the report was made, seconds since the epoch
 * @param headersReceived lower-case field name to raw value; empty for a field that was not
 *     received
 * @see "draft-callec-dive-01 §Step 6: Reporting; draft-callec-dive-00 §Step 6"
 */
public record FailureReport(
    long timestampSeconds,
    Optional<String> userAgent,
    Policy policy,
    Resource resource,
    Map<String, Optional<String>> headersReceived,
    List<KeyResolution> keyResolution,
    Validation validation) {
  private static final String FORMAT_VERSION = "0.1";

  /**
   * The applicable policy.
   *
   * @param domain where the policy record was found
   * @param fqdn the resource's host
   */
  public record Policy(
      Optional<String> domain, Optional<String> fqdn, Optional<Boolean> dnssecValidated) {
    /** No component may be null. */
    public Policy {
      requireNonNull(domain, "domain");
      requireNonNull(fqdn, "fqdn");
      requireNonNull(dnssecValidated, "dnssecValidated");
    }
  }

  /** The resource that failed. */
  public record Resource(
      Optional<String> url,
      Optional<String> method,
      Optional<Long> statusCode,
      Optional<String> scope) {
    /** No component may be null. */
    public Resource {
      requireNonNull(url, "url");
      requireNonNull(method, "method");
      requireNonNull(statusCode, "statusCode");
      requireNonNull(scope, "scope");
    }
  }

  /** One key look-up, in the order tried. */
  public record KeyResolution(
      String keyId,
      Optional<String> fqdnQueried,
      Optional<Boolean> found,
      Optional<Boolean> dnssecValidated,
      Optional<String> signatureAlgorithm) {
    /** No component may be null. */
    public KeyResolution {
      requireNonNull(keyId, "keyId");
      requireNonNull(fqdnQueried, "fqdnQueried");
      requireNonNull(found, "found");
      requireNonNull(dnssecValidated, "dnssecValidated");
      requireNonNull(signatureAlgorithm, "signatureAlgorithm");
    }
  }

  /**
   * What verification found.
   *
   * @param hashComputed base64 of the computed digest
   */
  public record Validation(
      Optional<String> hashAlgorithm,
      Optional<String> hashComputed,
      Optional<Boolean> signatureValid,
      Optional<String> failureReason,
      Optional<String> finalDecision) {
    /** No component may be null. */
    public Validation {
      requireNonNull(hashAlgorithm, "hashAlgorithm");
      requireNonNull(hashComputed, "hashComputed");
      requireNonNull(signatureValid, "signatureValid");
      requireNonNull(failureReason, "failureReason");
      requireNonNull(finalDecision, "finalDecision");
    }
  }

  /** Copies the collections. */
  public FailureReport {
    requireNonNull(userAgent, "userAgent");
    requireNonNull(policy, "policy");
    requireNonNull(resource, "resource");
    headersReceived = Collections.unmodifiableMap(new LinkedHashMap<>(headersReceived));
    keyResolution = List.copyOf(keyResolution);
    requireNonNull(validation, "validation");
  }

  /** The names under {@code headers-received} for a revision, in the draft's order. */
  public static List<String> reportedHeaders(ProtocolVersion version) {
    return switch (version.headerForm()) {
      case DIVE_SIG -> List.of("dive-sig");
      case MESSAGE_SIGNATURES -> List.of("signature-input", "signature", "content-digest");
    };
  }

  /** The JSON document, in the drafts' member order. */
  public String toJson() {
    Map<String, @Nullable Object> report = new LinkedHashMap<>();
    report.put("report-version", FORMAT_VERSION);
    report.put("timestamp", timestampSeconds);
    report.put("client", object("user-agent", userAgent));
    report.put(
        "policy",
        object(
            "domain", policy.domain,
            "fqdn", policy.fqdn,
            "dnssec-validated", policy.dnssecValidated));
    report.put(
        "resource",
        object(
            "url", resource.url,
            "method", resource.method,
            "status-code", resource.statusCode,
            "scope", resource.scope));
    Map<String, @Nullable Object> headers = new LinkedHashMap<>();
    headersReceived.forEach((name, value) -> headers.put(name, value.orElse(null)));
    report.put("headers-received", headers);
    report.put("key-resolution", keyResolution.stream().map(FailureReport::json).toList());
    report.put(
        "validation",
        object(
            "hash-algorithm", validation.hashAlgorithm,
            "hash-computed", validation.hashComputed,
            "signature-valid", validation.signatureValid,
            "failure-reason", validation.failureReason,
            "final-decision", validation.finalDecision));
    return JsonWriter.string(report);
  }

  private static Map<String, @Nullable Object> json(KeyResolution key) {
    return object(
        "key-id", Optional.of(key.keyId),
        "fqdn-queried", key.fqdnQueried,
        "found", key.found,
        "dnssec-validated", key.dnssecValidated,
        "sig-algorithm", key.signatureAlgorithm);
  }

  private static Map<String, @Nullable Object> object(Object... namesAndValues) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      object.put((String) namesAndValues[i], ((Optional<?>) namesAndValues[i + 1]).orElse(null));
    }
    return object;
  }

  /**
   * Reads a report of either draft; unknown members are ignored.
   *
   * @param json at most 65,536 characters, nested at most 32 deep
   * @throws MalformedFieldException with {@link ErrorCode#TOO_LARGE}, {@link
   *     ErrorCode#MALFORMED_SYNTAX}, {@link ErrorCode#WRONG_TYPE}, {@link ErrorCode#MISSING_MEMBER}
   *     ({@code timestamp}, {@code key-id}) or {@link ErrorCode#UNKNOWN_FORMAT} ({@code
   *     report-version})
   */
  public static FailureReport parse(String json) throws MalformedFieldException {
    JsonDocument report = JsonDocument.parse(json, "failure report");
    String version = report.string("report-version").orElse("");
    if (!version.equals(FORMAT_VERSION)) {
      throw new MalformedFieldException(
          ErrorCode.UNKNOWN_FORMAT,
          "failure report: report-version is \"" + Excerpt.of(version) + "\", not \"0.1\"");
    }
    JsonDocument policy = report.object("policy");
    JsonDocument resource = report.object("resource");
    JsonDocument validation = report.object("validation");
    return new FailureReport(
        report.integer("timestamp").orElseThrow(() -> report.missing("timestamp")),
        report.object("client").string("user-agent"),
        new Policy(policy.string("domain"), policy.string("fqdn"), policy.flag("dnssec-validated")),
        new Resource(
            resource.string("url"),
            resource.string("method"),
            resource.integer("status-code"),
            resource.string("scope")),
        report.object("headers-received").strings(),
        keyResolutions(report),
        new Validation(
            validation.string("hash-algorithm"),
            validation.string("hash-computed"),
            validation.flag("signature-valid"),
            validation.string("failure-reason"),
            validation.string("final-decision")));
  }

  private static List<KeyResolution> keyResolutions(JsonDocument report)
      throws MalformedFieldException {
    List<KeyResolution> resolutions = new ArrayList<>();
    for (JsonDocument key : report.objects("key-resolution")) {
      resolutions.add(
          new KeyResolution(
              key.string("key-id").orElseThrow(() -> key.missing("key-id")),
              key.string("fqdn-queried"),
              key.flag("found"),
              key.flag("dnssec-validated"),
              key.string("sig-algorithm")));
    }
    return resolutions;
  }
}
