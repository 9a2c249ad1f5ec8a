// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import io.dive.protocol.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** DNS in memory; a name that was not set is securely absent. Remembers what it was asked for. */
public final class ScriptedDns implements TxtLookup {
  private final Map<String, TxtAnswer> answers = new ConcurrentHashMap<>();
  private final List<String> asked = new ArrayList<>();

  /** Secure records. */
  public ScriptedDns put(String name, String... values) {
    return put(name, DnssecStatus.SECURE, values);
  }

  /** Records of a status. */
  public ScriptedDns put(String name, DnssecStatus status, String... values) {
    return answer(
        name,
        new TxtAnswer.Found(
            List.of(values), status, Duration.ofMinutes(5), name, Optional.empty()));
  }

  /** A failure. */
  public ScriptedDns fail(String name, ErrorCode code) {
    return answer(name, new TxtAnswer.Failed(code, "scripted " + code.token()));
  }

  /** Any answer. */
  public ScriptedDns answer(String name, TxtAnswer answer) {
    answers.put(name.toLowerCase(Locale.ROOT), answer);
    return this;
  }

  /** Takes a name away. */
  public ScriptedDns remove(String name) {
    answers.remove(name.toLowerCase(Locale.ROOT));
    return this;
  }

  /** The names asked for since the last call, in order. */
  public synchronized List<String> asked() {
    List<String> copy = List.copyOf(asked);
    asked.clear();
    return copy;
  }

  @Override
  public synchronized TxtAnswer lookup(String ownerName, Duration limit) {
    asked.add(ownerName);
    if (limit.isZero()) {
      return new TxtAnswer.Failed(ErrorCode.DNS_TIMEOUT, "no time left");
    }
    return answers.getOrDefault(
        ownerName.toLowerCase(Locale.ROOT), new TxtAnswer.Absent(DnssecStatus.SECURE, false));
  }
}
