// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import java.util.ArrayList;
import java.util.List;

/** Settings that do nothing beside the others: no contradiction, but hardly what is meant. */
final class IdleSettings {
  private IdleSettings() {}

  /** What does nothing and what to do about it, a sentence each. */
  static List<String> in(DiveSettings settings) {
    List<String> sentences = new ArrayList<>();
    if (settings.zone().isPresent() && settings.checks().level() == CheckSettings.Level.OFF) {
      sentences.add(
          "dive.zone.* does nothing with dive.check = off, so the zone is not verified; set"
              + " dive.check = warn, or remove dive.zone.*");
    }
    String resolver = settings.dns().resolver();
    boolean encrypted = resolver.startsWith("tls://") || resolver.startsWith("https://");
    if (settings.dns().resolverAuthorities().isPresent() && !encrypted) {
      sentences.add(
          "dive.dns.tls-ca does nothing with dive.dns.resolver = "
              + resolver
              + ", which is asked without TLS; name it as tls://… or https://…, or remove"
              + " dive.dns.tls-ca");
    }
    return List.copyOf(sentences);
  }
}
