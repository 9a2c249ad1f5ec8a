// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.FieldNames;
import io.dive.protocol.HeaderField;
import io.dive.verify.Discovery;
import io.dive.verify.Outcome;
import io.dive.verify.ReceivedResponse;
import io.dive.verify.Verdict;
import io.dive.verify.Verification;
import io.dive.verify.Verifier;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * HTTP/2 without TLS. The sandbox is called localhost, a name that every resolver knows, since the
 * client's detour over another address knows HTTP/1.1 only.
 */
@Timeout(120)
class Http2Test {
  @Test
  void http2Cleartext_accepted(@TempDir Path directory) throws Exception {
    try (Sandbox local = Sandbox.start(Ready.options(directory, "--host", "localhost"))) {
      Ready here = Ready.parse(local.readyLine());
      HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
      for (String path : List.of("/downloads/valid.txt", "/generated/5000000", "/metrics")) {
        HttpResponse<byte[]> answer =
            client.send(HttpRequest.newBuilder(here.url(path)).build(), BodyHandlers.ofByteArray());

        assertEquals(HttpClient.Version.HTTP_2, answer.version(), path);
        for (String field : FieldNames.SIGNED_RESPONSE) {
          assertTrue(answer.headers().firstValue(field).isPresent(), path + " " + field);
        }
        assertInstanceOf(
            Verdict.Accepted.class, judge(here.verifier(), here.url(path), answer).verdict());
      }
    }
  }

  private static Outcome judge(Verifier verifier, URI url, HttpResponse<byte[]> answer) {
    List<HeaderField> fields =
        answer.headers().map().entrySet().stream()
            .filter(field -> !field.getKey().startsWith(":"))
            .flatMap(f -> f.getValue().stream().map(value -> new HeaderField(f.getKey(), value)))
            .toList();
    Discovery discovery = verifier.discover(url);
    Verification verification =
        verifier.begin(discovery, new ReceivedResponse(url, "GET", answer.statusCode(), fields));
    verification.update(answer.body(), 0, answer.body().length);
    return verification.finish();
  }
}
