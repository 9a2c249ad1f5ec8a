// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static io.dive.verify.SignedSite.fields;
import static io.dive.verify.SignedSite.newKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.dive.key.SigningKey;
import io.dive.protocol.HeaderField;
import io.dive.protocol.ProtocolVersion;
import java.util.List;
import java.util.Optional;

/** A signed site, two keys, and what every step of the verification can end in. */
abstract class VerifierSuite {
  static final String KEY_NAME = "k1._divekey.example.com";

  final SignedSite site = new SignedSite();
  final SigningKey key = newKey();
  final SigningKey other = newKey();

  static Verdict.Accepted assertAccepted(Outcome outcome) {
    assertEquals(Decision.ALLOWED, outcome.decision(), () -> outcome.verdict().toString());
    return assertInstanceOf(Verdict.Accepted.class, outcome.verdict());
  }

  static Verdict.Rejected assertRejected(FailureDetail detail, Outcome outcome) {
    Verdict.Rejected rejected =
        assertInstanceOf(
            Verdict.Rejected.class, outcome.verdict(), () -> outcome.verdict().toString());
    assertEquals(detail, rejected.detail(), rejected::sentence);
    return rejected;
  }

  static void assertNotCovered(NotCoveredCause cause, Outcome outcome) {
    assertEquals(cause, assertInstanceOf(Verdict.NotCovered.class, outcome.verdict()).cause());
    assertEquals(Decision.ALLOWED, outcome.decision());
    assertEquals(Optional.empty(), outcome.report());
  }

  List<HeaderField> signed() throws Exception {
    return fields("k1", key);
  }

  SignedSite strict(ProtocolVersion version) {
    return site.policy(SignedSite.policy(version)).publish("k1", key);
  }
}
