// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.CapturedLog;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.ProtocolVersion;
import io.dive.settings.DiveSettings;
import io.dive.settings.Mode;
import io.dive.sidecar.SidecarStore;
import io.dive.sidecar.SigningProgress;
import io.dive.sidecar.StoredSignatures;
import io.dive.sidecar.TreeSigner;
import io.dive.sign.BodyDigester;
import io.dive.sign.ResponseSigner;
import io.dive.sign.SignedBody;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Mode {@code sidecar} in real containers. */
class SidecarModeTest extends DiveFilterSuite {
  /** Sidecars for small.txt (right), big.bin (stale: the file has grown), empty.txt (broken). */
  private void writeSidecars() throws Exception {
    List<Path> signed = List.of(files.resolve("small.txt"), files.resolve("big.bin"));
    new TreeSigner(List.of(signer), HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
        .sign(signed, SigningProgress.NONE);
    Files.write(files.resolve("big.bin"), new byte[] {1}, StandardOpenOption.APPEND);
    Files.writeString(files.resolve("empty.txt.dive"), "broken");
  }

  @ParameterizedTest
  @EnumSource
  void sidecarsAnswerFirstAndWhatTheyDoNotKnowFallsThrough(FilterContainer container)
      throws Exception {
    writeSidecars();
    int port = start(container, settings().rule("/**", Mode.SIDECAR, Mode.STATIC).build());
    RawAnswer known = get(port, "/small.txt");
    assertSigned(known, known.bytes());
    assertCounted(1, Mode.SIDECAR, ResponseOutcome.SIGNED);
    assertEquals(0, digestedBytes());
    RawAnswer unknown = get(port, "/sub/b%20c.txt");
    assertSigned(unknown, unknown.bytes());
    assertCounted(1, Mode.STATIC, ResponseOutcome.SIGNED);
    assertUnsigned(200, get(port, "/empty.txt"));
    assertCounted(1, Mode.SIDECAR, ResponseOutcome.UNUSABLE_SIDECAR);
    assertUnsigned(200, get(port, "/big.bin"));
    assertCounted(1, Mode.SIDECAR, ResponseOutcome.STALE);
  }

  private static List<String> toldOfUnsigned(CapturedLog log) {
    return log.lines("WARN").stream().filter(line -> line.contains("goes out unsigned")).toList();
  }

  @ParameterizedTest
  @EnumSource
  void theFirstFileOfARuleThatGoesOutUnsignedIsTold(FilterContainer container) throws Exception {
    writeSidecars();
    int port =
        start(
            container,
            settings()
                .rule("/sub/**", Mode.SIDECAR, Mode.STATIC)
                .rule("/*.bin", Mode.SIDECAR)
                .rule("/**", Mode.SIDECAR)
                .build());
    try (CapturedLog log = new CapturedLog()) {
      get(port, "/small.txt");
      get(port, "/empty.txt");
      get(port, "/absent.txt");
      get(port, "/small.txt.dive");
      get(port, "/sub/b%20c.txt");
      RawAnswer.to(port, "HEAD /absent.txt HTTP/1.1", "Host: example.com");
      RawAnswer.to(port, "POST /middle.bin HTTP/1.1", "Host: example.com", "Content-Length: 0");
      assertEquals(List.of(), toldOfUnsigned(log));
      Files.writeString(files.resolve("none.txt"), "no sidecar\n");
      Files.writeString(files.resolve("more.txt"), "none either\n");
      assertUnsigned(200, get(port, "/none.txt"));
      List<String> told = toldOfUnsigned(log);
      assertEquals(1, told.size(), log::text);
      assertTrue(told.get(0).contains("/none.txt has no sidecar"), told::toString);
      assertTrue(told.get(0).contains("dive sign"), told::toString);
      assertTrue(told.get(0).contains("dive.responses, mode sidecar, outcome unsigned"));
      get(port, "/none.txt");
      get(port, "/more.txt");
      assertEquals(told, toldOfUnsigned(log));
      get(port, "/middle.bin");
      assertEquals(2, toldOfUnsigned(log).size(), "another rule");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStoreGivenInCodeAnswersInsteadOfFiles(FilterContainer container) throws Exception {
    ResponseSigner beforehand =
        new ResponseSigner(List.of(signer), EnumSet.allOf(ProtocolVersion.class), 0);
    byte[] small = "small\n".getBytes(StandardCharsets.UTF_8);
    SignedBody body = beforehand.sign(BodyDigester.digest(HashAlgorithm.SHA_256, small));
    StoredSignatures stored =
        new StoredSignatures(
            body,
            OptionalLong.of(small.length),
            Map.of(signer.key(), signer.publicKey()),
            body.fields(beforehand.drafts()));
    DiveSettings settings =
        unkeyed()
            .rule("/**", Mode.SIDECAR)
            .sidecarStore(
                (file, attributes) ->
                    file.endsWith("small.txt")
                        ? new SidecarStore.Found(stored)
                        : new SidecarStore.Absent())
            .build();
    int port = start(container, settings);
    assertSigned(get(port, "/small.txt"), small);
    assertUnsigned(200, get(port, "/middle.bin"));
  }
}
