// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import io.dive.dns.PolicyAnswer;
import io.dive.protocol.Excerpt;
import io.dive.protocol.Fqdn;
import io.dive.protocol.PolicyRecord;
import io.dive.protocol.ProtocolVersion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What there is to say about the policy of one host. */
final class PolicyFindings {
  private final CheckPlan.Host host;
  private final CheckPlan plan;
  private final RecordAdvice advice;

  PolicyFindings(CheckPlan.Host host, CheckPlan plan, RecordAdvice advice) {
    this.host = host;
    this.plan = plan;
    this.advice = advice;
  }

  List<Finding> of(PolicyAnswer answer) {
    if (answer instanceof PolicyAnswer.Found found) {
      return ofFound(found);
    } else if (answer instanceof PolicyAnswer.NotSupported unusable) {
      return List.of(ofUnusable(unusable));
    } else if (answer instanceof PolicyAnswer.Failed failed) {
      return List.of(DnsFaults.finding(failed.code(), owner(failed.level()), failed.sentence()));
    }
    return List.of(
        new Finding(
            FindingCode.POLICY_MISSING,
            owner(host.name()),
            "no policy record here or above, so no client verifies anything",
            publishPolicies(host.name())));
  }

  private static String owner(Fqdn level) {
    return PolicyRecord.ownerName(level);
  }

  private String publishPolicies(Fqdn level) {
    return "Publish:\n" + String.join("\n", PublishedRecords.policies(level, plan.drafts()));
  }

  private Finding ofUnusable(PolicyAnswer.NotSupported unusable) {
    return switch (unusable.obstacle()) {
      case INSECURE ->
          new Finding(
              FindingCode.POLICY_INSECURE,
              owner(unusable.level()),
              unusable.sentence(),
              "Sign the zone with DNSSEC and publish its DS record at the parent, or name the"
                  + " zone's trust anchor in dive.dns.trust-anchor.");
      case MALFORMED, UNKNOWN_VERSION, AMBIGUOUS ->
          new Finding(
              FindingCode.POLICY_UNUSABLE,
              owner(unusable.level()),
              unusable.sentence(),
              "Replace the records at this name. " + publishPolicies(unusable.level()));
    };
  }

  private List<Finding> ofFound(PolicyAnswer.Found found) {
    List<Finding> findings = new ArrayList<>();
    PolicyRecord policy = found.policy();
    String owner = owner(found.level());
    if (plan.drafts().contains(policy.version())) {
      findings.add(
          Finding.ok(
              FindingCode.POLICY_OK,
              owner,
              "secure, "
                  + policy.version().token()
                  + scopes(policy)
                  + advice.state(found.ttl(), found.signatureExpires())));
    } else {
      findings.add(
          new Finding(
              FindingCode.POLICY_DRAFT_NOT_EMITTED,
              owner,
              "announces %s, and this server emits %s"
                  .formatted(policy.version().token(), numbers()),
              "Add %s to dive.drafts, or publish a policy of an emitted revision."
                  .formatted(policy.version().number())));
    }
    findings.addAll(
        advice.of(owner, found.ttl(), PolicyRecord.ADVISED_TTL_SECONDS, found.signatureExpires()));
    for (PolicyRecord record : found.all()) {
      addInvalidation(record, owner + " (" + record.version().token() + ")", findings);
      addRecordWarnings(record, owner, findings);
    }
    return findings;
  }

  private static String scopes(PolicyRecord policy) {
    return policy.scopes().isEmpty() ? "" : ", scopes " + Excerpt.of(policy.scopes().toString());
  }

  private String numbers() {
    return plan.drafts().stream()
        .sorted()
        .map(ProtocolVersion::number)
        .collect(Collectors.joining(", "));
  }

  private void addRecordWarnings(PolicyRecord policy, String owner, List<Finding> findings) {
    String subject = owner + " (" + policy.version().token() + ")";
    List<String> unknown =
        policy.scopes().stream().filter(s -> !isKnownScope(s)).map(Excerpt::of).toList();
    if (policy.scopes().size() == unknown.size()) {
      findings.add(
          new Finding(
              FindingCode.POLICY_WITHOUT_SCOPE,
              subject,
              "no scope that a client verifies, so downloads are not verified",
              "Publish scopes=(\"strict\")."));
    }
    if (!unknown.isEmpty()) {
      findings.add(
          new Finding(
              FindingCode.POLICY_SCOPE_UNKNOWN,
              subject,
              "clients ignore the scopes " + unknown,
              "Use \"strict\", or a custom scope of the form x-name that your clients know."));
    }
    if (policy.isStrict() && host.hasUnsignedPaths()) {
      findings.add(
          new Finding(
              FindingCode.POLICY_STRICT_BUT_UNSIGNED_PATHS,
              subject,
              "covers every resource, and some paths of " + host.name() + " are never signed",
              "Give every path a signing rule (a last rule /** with mode stream), or serve the"
                  + " unsigned paths from another host."));
    }
    if (policy.isReportOnly()) {
      findings.add(
          new Finding(
              FindingCode.POLICY_REPORT_ONLY,
              subject,
              "clients report failures and do not block them",
              "Remove \"report-only\" from directives once verification succeeds."));
    }
    if (policy.cacheSeconds() > policy.version().maxPolicyCache().toSeconds()) {
      findings.add(
          new Finding(
              FindingCode.CACHE_ABOVE_CAP,
              subject,
              "cache=%d, clients keep it %d s at most"
                  .formatted(policy.cacheSeconds(), policy.version().maxPolicyCache().toSeconds()),
              "Publish cache=" + PolicyRecord.ADVISED_TTL_SECONDS + "."));
    }
    if (policy.reportTo().isPresent() && policy.reportUri().isEmpty()) {
      findings.add(
          new Finding(
              FindingCode.REPORT_TO_UNUSABLE,
              subject,
              "clients ignore report-to=\"" + Excerpt.of(policy.reportTo().orElseThrow()) + "\"",
              "Use an absolute https URL."));
    }
  }

  /** Clients drop keys that they cached at or before the moment. */
  private void addInvalidation(PolicyRecord policy, String subject, List<Finding> findings) {
    if (policy.invalidateKeysCache().isEmpty()) {
      return;
    }
    Instant moment = policy.invalidateKeysCache().orElseThrow();
    Instant over = moment.plus(policy.version().maxKeyCache());
    if (moment.isAfter(advice.now())) {
      findings.add(
          new Finding(
              FindingCode.KEYS_INVALIDATED_AHEAD,
              subject,
              "invalidate-keys-cache is in the future, %s: until then no client keeps a key, and every download waits for DNS"
                  .formatted(moment),
              "Leave it if `revoke` has set it: it is ahead by as long as resolvers may still hand"
                  + " out the key. Otherwise set it to the time of the compromise, in seconds since"
                  + " 1970; now is %d.".formatted(advice.now().getEpochSecond())));
    } else if (over.isAfter(advice.now())) {
      findings.add(
          Finding.ok(
              FindingCode.KEYS_INVALIDATED,
              subject,
              "clients drop the keys that they cached until %s; leave it in place until %s"
                  .formatted(moment, over)));
    } else {
      findings.add(
          new Finding(
              FindingCode.KEYS_INVALIDATION_OVER,
              subject,
              "invalidate-keys-cache is of %s, and no client keeps a key that long"
                  .formatted(moment),
              "Remove invalidate-keys-cache."));
    }
  }

  private static boolean isKnownScope(String scope) {
    return scope.equals(PolicyRecord.SCOPE_STRICT) || scope.matches("x-[a-z-]+");
  }
}
