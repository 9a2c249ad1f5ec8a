// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static io.dive.verify.SignedSite.BODY;
import static io.dive.verify.SignedSite.URL;

import io.dive.protocol.ProtocolVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether a response is covered. */
class Step2ScopeDeterminationTest extends VerifierSuite {
  @ParameterizedTest
  @ValueSource(strings = {"v=\"dive-draft-01\"", "v=\"dive-draft-00\", scopes=()"})
  void noScopes_isNotCovered(String policy) throws Exception {
    assertNotCovered(NotCoveredCause.NO_SCOPES, site.policy(policy).visit(signed()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x-packages", "download"})
  void unknownScopesOnly_isNotCovered(String scope) throws Exception {
    site.policy("v=\"dive-draft-01\", scopes=(\"" + scope + "\")");
    assertNotCovered(NotCoveredCause.CUSTOM_SCOPE_ONLY, site.visit(signed()));
  }

  @Test
  void strictBesideAnUnknownScope_covers() throws Exception {
    site.policy("v=\"dive-draft-01\", scopes=(\"x-packages\" \"strict\")").publish("k1", key);
    assertAccepted(site.visit(signed()));
  }

  @ParameterizedTest
  @CsvSource({"GET, 404", "GET, 206", "GET, 304", "HEAD, 200"})
  void notAResource_isNotCovered(String method, int status) throws Exception {
    strict(ProtocolVersion.DRAFT_01);
    assertNotCovered(
        NotCoveredCause.NOT_A_RESOURCE, site.visit(URL, method, status, signed(), BODY));
  }
}
