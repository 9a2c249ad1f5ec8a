// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.ProtocolVersion;
import io.dive.settings.CheckSettings;
import io.dive.settings.Mode;
import io.dive.settings.PathPattern;
import io.dive.settings.RuleSettings;
import io.dive.sign.BodyDigester;
import io.dive.sign.ResponseSigner;
import io.dive.sign.SignedBody;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Signatures that were made beforehand, of a file that is not always what was signed. */
class StoredSignaturesTest extends CheckedSiteSuite {
  private BodyDigest digest() throws IOException {
    return BodyDigester.digest(HashAlgorithm.SHA_256, Files.readAllBytes(files.resolve("a.txt")));
  }

  /** As many bytes as before. */
  private void tamper() throws IOException {
    Path file = files.resolve("a.txt");
    Files.writeString(file, "fir5t\n");
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
  }

  /** Signatures are in one document, which has one of the file. */
  private RuleSettings ruleOfDocument(BodyDigest digest, String signature) throws IOException {
    Path document =
        Files.writeString(
            directory.resolve("signatures.json"),
            """
            {"a.txt": {"signatures": [{"key_id": "k1", "content_digest": "%s",
              "signature_b64": "%s"}]}}
            """
                .formatted(digest.contentDigest(), signature));
    return new RuleSettings(
        1,
        new PathPattern("/**"),
        List.of(Mode.SIDECAR),
        Optional.of(files),
        Optional.of(document));
  }

  @ParameterizedTest
  @EnumSource
  void tamperedFile_isFoundInTheBackground(FilterContainer container) throws Exception {
    signTree();
    int port =
        start(container, settings(CheckSettings.Level.OFF).rule("/**", Mode.SIDECAR).build());
    RawAnswer before = get(port, "/a.txt");
    assertTrue(isSigned(before));
    assertEquals(
        BodyDigester.digest(HashAlgorithm.SHA_256, before.bytes()).contentDigest(),
        before.value("Content-Digest"));
    assertEquals("UP", health(port, "/health").getString("status"));
    assertEquals(404, get(port, "/a.txt.dive").status());

    tamper();
    // The container may still send the old content from its cache, so nothing is signed.
    assertFalse(isSigned(get(port, "/a.txt")));
    JsonObject health =
        await(
            port,
            h ->
                check(h, "dive-sidecars", "").orElseThrow().getString("status").equals("DOWN")
                    && meters.get("dive.files.stale").counter().count() > 0);
    JsonObject data = data(health, "dive-sidecars", "");
    assertEquals(1, data.getInt("stale-files"));
    assertEquals("a.txt", data.getString("latest"));
    assertEquals(1, meters.get("dive.files.stale").counter().count());
    assertFalse(isSigned(get(port, "/a.txt")));

    signTree();
    assertEquals("UP", health(port, "/health").getString("status"), "without a request for it");
    assertFalse(isSigned(get(port, "/a.txt")));
    await(port, h -> h.getString("status").equals("UP"));
  }

  @ParameterizedTest
  @EnumSource
  void unusableSidecar_turnsHealthDownUntilTheFileIsSignedAgain(FilterContainer container)
      throws Exception {
    signTree();
    Path sidecar = files.resolve("a.txt.dive");
    Files.writeString(sidecar, Files.readString(sidecar).substring(0, 100));
    int port =
        start(container, settings(CheckSettings.Level.OFF).rule("/**", Mode.SIDECAR).build());
    assertEquals(0, data(health(port, "/health"), "dive-sidecars", "").getInt("unusable-sidecars"));
    RawAnswer answer = get(port, "/a.txt");
    assertEquals(200, answer.status());
    assertFalse(isSigned(answer));
    JsonObject health = health(port, "/health");
    assertEquals("DOWN", check(health, "dive-sidecars", "").orElseThrow().getString("status"));
    JsonObject data = data(health, "dive-sidecars", "");
    assertEquals(0, data.getInt("stale-files"));
    assertEquals(1, data.getInt("unusable-sidecars"));
    assertEquals("a.txt.dive", data.getString("unusable-latest"));
    assertEquals("not-json", data.getString("unusable-code"));
    assertEquals("Sign its file again (dive sign).", data.getString("unusable-remedy"));
    Instant found = Instant.parse(data.getString("unusable-found-at"));
    assertEquals(found.truncatedTo(ChronoUnit.SECONDS), found);
    assertEquals("UP", health(port, "/health/ready").getString("status"));

    signTree();
    health = health(port, "/health");
    assertEquals("UP", health.getString("status"), "without a request for it");
    assertEquals(0, data(health, "dive-sidecars", "").getInt("unusable-sidecars"));
    assertTrue(isSigned(get(port, "/a.txt")));
  }

  @ParameterizedTest
  @EnumSource
  void signaturesJson_isServedAsTheRfcFieldsOnly(FilterContainer container) throws Exception {
    SignedBody body =
        new ResponseSigner(List.of(signer), Set.of(ProtocolVersion.values()), 0).sign(digest());
    RuleSettings rule =
        ruleOfDocument(body.digest(), body.signatures().get(0).draft01().orElseThrow().toBase64());
    int port = start(container, settings(CheckSettings.Level.OFF).rule(rule).build());
    RawAnswer answer = get(port, "/a.txt");
    assertEquals(body.digest().contentDigest(), answer.value("Content-Digest"));
    assertEquals(1, answer.values("Signature").size());
    assertEquals(List.of(), answer.values("DIVE-Sig"));

    tamper();
    get(port, "/a.txt");
    await(port, h -> h.getString("status").equals("DOWN"));
    assertFalse(isSigned(get(port, "/a.txt")));

    ruleOfDocument(digest(), "B".repeat(86) + "==");
    assertEquals("UP", health(port, "/health").getString("status"), "without a request for it");
  }

  @Test
  void signaturesJson_withASignatureOfAnotherBody_isUnusableWhereTheKeyIsKnown() throws Exception {
    RuleSettings rule = ruleOfDocument(digest(), "A".repeat(86) + "==");
    int port = start(FilterContainer.JETTY, signing(CheckSettings.Level.OFF).rule(rule).build());
    assertFalse(isSigned(get(port, "/a.txt")));
    assertEquals(1, meters.get("dive.sidecars.unusable").counter().count());
    JsonObject data = data(health(port, "/health"), "dive-sidecars", "");
    assertEquals(1, data.getInt("unusable-sidecars"));
    assertEquals("a.txt", data.getString("unusable-latest"));
    assertEquals("signature-mismatch", data.getString("unusable-code"));

    Files.writeString(directory.resolve("signatures.json"), "{");
    assertEquals("UP", health(port, "/health").getString("status"), "not known yet");
    assertFalse(isSigned(get(port, "/a.txt")));
    data = data(health(port, "/health"), "dive-sidecars", "");
    assertEquals("signatures.json", data.getString("unusable-latest"));
    assertEquals("Write signatures.json again.", data.getString("unusable-remedy"));
    Files.writeString(directory.resolve("signatures.json"), "{}");
    assertEquals("UP", health(port, "/health").getString("status"));
  }
}
