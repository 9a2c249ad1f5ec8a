// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static java.util.Objects.requireNonNull;

import io.dive.dns.Authorities;
import io.dive.dns.Deadline;
import io.dive.dns.PolicyAnswer;
import io.dive.dns.PolicyLookup;
import io.dive.dns.TxtLookup;
import io.dive.protocol.Fqdn;
import io.dive.protocol.ProtocolVersion;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Compares what DNS publishes with what the server does, as a client would see it: the policy that
 * applies to each host, and each signing key where that policy lets a client look; then, at every
 * authoritative server of the zones, the same records and the zone's state. Safe for use by many
 * threads.
 *
 * @see "draft-callec-dive-01 §Step 1, §Step 4"
 */
public final class DnsCheck {
  private final TxtLookup dns;
  private final Optional<Authorities> authorities;
  private final Duration limit;
  private final Clock clock;
  private final KeyHistory history;

  /**
   * A check over the given DNS, which asks no authoritative server and has no history.
   *
   * @param limit the longest one run may take, all look-ups together, positive
   */
  public DnsCheck(TxtLookup dns, Duration limit, Clock clock) {
    this(dns, Optional.empty(), limit, clock);
  }

  /**
   * A check over the given DNS, without a history.
   *
   * @param authorities asks each authoritative server too; empty for what the resolver says alone
   * @param limit the longest one run may take, all look-ups together, positive
   */
  public DnsCheck(TxtLookup dns, Optional<Authorities> authorities, Duration limit, Clock clock) {
    this(dns, authorities, limit, clock, new KeyHistory());
  }

  /**
   * A check over the given DNS.
   *
   * @param authorities asks each authoritative server too; empty for what the resolver says alone
   * @param limit the longest one run may take, all look-ups together, positive
   * @param history what earlier runs have seen, and this one will add to
   */
  public DnsCheck(
      TxtLookup dns,
      Optional<Authorities> authorities,
      Duration limit,
      Clock clock,
      KeyHistory history) {
    this.history = requireNonNull(history, "history");
    this.dns = requireNonNull(dns, "dns");
    this.authorities = requireNonNull(authorities, "authorities");
    this.limit = requireNonNull(limit, "limit");
    this.clock = requireNonNull(clock, "clock");
  }

  /**
   * Ends one after the other, so that what is late is waited for by somebody who says so: a look-up
   * names the silent server, then a key, then a host.
   */
  private record Deadlines(Deadline lookUps, Deadline keys, Deadline hosts) {
    static Deadlines within(Duration limit) {
      return new Deadlines(
          Deadline.in(percent(limit, 80)), Deadline.in(percent(limit, 90)), Deadline.in(limit));
    }

    static Duration percent(Duration limit, int percent) {
      return limit.multipliedBy(percent).dividedBy(100);
    }
  }

  /**
   * Runs once. What could not be looked up is a finding, never an exception; the run ends within
   * the limit.
   */
  public CheckReport run(CheckPlan plan) {
    Instant start = clock.instant();
    // The servers are asked what the resolver was asked, so they come second.
    boolean both = authorities.isPresent();
    Deadlines deadlines = Deadlines.within(both ? Deadlines.percent(limit, 60) : limit);
    Deadline questions = Deadline.in(Deadlines.percent(limit, 95));
    Deadline end = Deadline.in(limit);
    RecordAdvice advice = new RecordAdvice(start);
    RecordedLookup recorded = new RecordedLookup(dns);
    ExecutorService executor = executor();
    try {
      List<Future<List<Finding>>> hosts = new ArrayList<>();
      for (CheckPlan.Host host : plan.hosts()) {
        hosts.add(
            executor.submit(() -> checkHost(host, plan, recorded, advice, executor, deadlines)));
      }
      Set<Finding> findings = new LinkedHashSet<>();
      for (int i = 0; i < hosts.size(); i++) {
        findings.addAll(await(hosts.get(i), plan.hosts().get(i).name().name(), deadlines.hosts()));
      }
      authorities.ifPresent(
          servers ->
              findings.addAll(
                  new AuthorityCheck(servers, executor, questions, end)
                      .of(recorded.questions(plan), recorded.answers(), advice)));
      Instant done = clock.instant();
      return new CheckReport(
          done, Duration.between(start, done), List.copyOf(findings), history.revokedOf(plan));
    } finally {
      executor.shutdownNow();
    }
  }

  private static ExecutorService executor() {
    // Hosts wait for their keys in this pool, so it must be able to grow past the hosts.
    return Executors.newCachedThreadPool(
        task -> {
          Thread thread = new Thread(task, "dive-dns-check");
          thread.setDaemon(true);
          return thread;
        });
  }

  private List<Finding> await(Future<List<Finding>> future, String subject, Deadline deadline) {
    try {
      return future.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return List.of(timedOut(subject));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of(timedOut(subject));
    } catch (ExecutionException e) {
      throw new IllegalStateException("the DNS check of " + subject + " broke", e.getCause());
    }
  }

  private Finding timedOut(String subject) {
    return new Finding(
        FindingCode.CHECK_TIMED_OUT,
        subject,
        "no result within " + limit.toMillis() + " ms",
        "Check the resolver, or give the check more time (dive.check.timeout).");
  }

  private List<Finding> checkHost(
      CheckPlan.Host host,
      CheckPlan plan,
      TxtLookup recorded,
      RecordAdvice advice,
      ExecutorService executor,
      Deadlines deadlines) {
    PolicyAnswer policy = new PolicyLookup(recorded).find(host.name(), deadlines.lookUps());
    List<Finding> findings = new ArrayList<>(new PolicyFindings(host, plan, advice).of(policy));
    if (host.standsForNamesBelow()) {
      findings.add(hostsBelow(host));
    }
    Fqdn level = level(policy, host);
    ProtocolVersion version =
        policy instanceof PolicyAnswer.Found found
            ? found.policy().version()
            : plan.drafts().stream().max(Comparator.naturalOrder()).orElseThrow();
    List<Future<List<Finding>>> keys = new ArrayList<>();
    for (CheckPlan.Key key : host.keys()) {
      KeyFindings check =
          new KeyFindings(recorded, dns, host.name(), level, version, plan.hash(), advice);
      boolean revocable = isRevocable(policy, host, key);
      keys.add(executor.submit(() -> check.of(key, deadlines.lookUps(), revocable)));
    }
    Map<CheckPlan.Key, Future<List<Finding>>> watched = new LinkedHashMap<>();
    for (CheckPlan.Key key : watched(host)) {
      // What is found of them is no question to the zones' servers, so it is not recorded.
      KeyFindings check =
          new KeyFindings(dns, dns, host.name(), level, version, plan.hash(), advice);
      boolean revocable = isRevocable(policy, host, key);
      watched.put(key, executor.submit(() -> check.of(key, deadlines.lookUps(), revocable)));
    }
    Map<CheckPlan.Key, List<Finding>> own = new LinkedHashMap<>();
    for (int i = 0; i < keys.size(); i++) {
      CheckPlan.Key key = host.keys().get(i);
      List<Finding> found =
          await(keys.get(i), host.name() + " key " + key.reference(), deadlines.keys());
      remember(host, key, found);
      own.put(key, found);
    }
    findings.addAll(RetiredKeys.of(host, own));
    for (Map.Entry<CheckPlan.Key, Future<List<Finding>>> key : watched.entrySet()) {
      List<Finding> found =
          await(key.getValue(), host.name() + " key " + key.getKey().reference(), deadlines.keys());
      remember(host, key.getKey(), found);
      // They need not be published, and nobody has to act unless signatures are still stored.
      if (host.watched().contains(key.getKey())) {
        found.stream().filter(f -> f.code() == FindingCode.KEY_REVOKED).forEach(findings::add);
      }
    }
    findings.addAll(KeySetFindings.of(host));
    usability(host).ifPresent(findings::add);
    if (host.keys().isEmpty()) {
      findings.add(
          new Finding(
              FindingCode.NO_KEYS,
              host.name().name(),
              "no signing key is configured and no sidecar names one, so no key was compared",
              "Configure dive.key.1.* or sign the files with `sign`."));
    }
    return findings;
  }

  /** Keys that do not sign, but whose stored signatures may be served. */
  private Set<CheckPlan.Key> watched(CheckPlan.Host host) {
    Set<CheckPlan.Key> watched = new LinkedHashSet<>(host.watched());
    watched.addAll(history.seenAt(host.name()));
    host.keys().forEach(watched::remove);
    return watched;
  }

  /**
   * Whether the key counts as revoked if it is proven not to be published: only under a policy,
   * which tells where clients look, and if that says that keys were invalidated or the key was seen
   * before. A key that is yet to be published is none of these.
   */
  private boolean isRevocable(PolicyAnswer policy, CheckPlan.Host host, CheckPlan.Key key) {
    return policy instanceof PolicyAnswer.Found found
        && (history.isKnown(host.name(), key)
            || found.all().stream().anyMatch(p -> p.invalidateKeysCache().isPresent()));
  }

  private void remember(CheckPlan.Host host, CheckPlan.Key key, List<Finding> findings) {
    for (Finding finding : findings) {
      switch (finding.code()) {
        case KEY_OK, KEY_HASH_NOT_ALLOWED -> history.published(host.name(), key);
        case KEY_REVOKED -> history.revoked(host.name(), key);
        default -> {
          // Says nothing about what is published.
        }
      }
    }
  }

  private Optional<Finding> usability(CheckPlan.Host host) {
    boolean usable =
        host.keys().isEmpty()
            || host.keys().stream().anyMatch(key -> !history.isRevoked(host.name(), key));
    return usable
        ? Optional.empty()
        : Optional.of(
            new Finding(
                FindingCode.NO_USABLE_KEY,
                host.name().name(),
                "every key is revoked, so responses are unsigned",
                "Configure a key that is published, or publish one of the configured ones."));
  }

  private static Finding hostsBelow(CheckPlan.Host host) {
    return Finding.ok(
        FindingCode.HOSTS_BELOW,
        "*." + host.name(),
        "was looked for at %s: records at deeper names are not seen".formatted(host.name()));
  }

  /**
   * Where a client's look for keys ends. Where there is no policy that is the host, for which the
   * check advises one.
   */
  private static Fqdn level(PolicyAnswer policy, CheckPlan.Host host) {
    if (policy instanceof PolicyAnswer.Found found) {
      return found.level();
    } else if (policy instanceof PolicyAnswer.NotSupported unusable) {
      return unusable.level();
    } else if (policy instanceof PolicyAnswer.Failed failed) {
      return failed.level();
    }
    return host.name();
  }
}
