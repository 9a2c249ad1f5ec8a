// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.dns.PolicyAnswer;
import io.dive.dns.TxtLookup;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.DiveSig;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.FieldNames;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.PolicyRecord;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.RotationException;
import io.dive.sign.BodyDigester;
import io.dive.verify.Discovery;
import io.dive.verify.DiveClient;
import io.dive.verify.Fetched;
import io.dive.verify.ReceivedResponse;
import io.dive.verify.Verdict;
import io.dive.verify.Verification;
import io.dive.verify.Verifier;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A response that a client accepted, whose signatures can be judged one by one: a client stops at
 * the first that is right, so it would not notice that another one is wrong.
 */
final class ServedResponse {
  private final Fetched fetched;
  private final PolicyAnswer.Found policy;
  private final List<BodyDigest> digests;
  private final Source source;

  /**
   * One fetch.
   *
   * @param response empty when there is none that could be judged, for a reason that may pass
   * @param why that reason
   */
  record Attempt(Optional<ServedResponse> response, String why) {}

  /** How responses are fetched and judged. */
  record Source(TxtLookup dns, Duration dnsLimit, Optional<InetSocketAddress> connect) {
    /** A verifier that remembers nothing. */
    private Verifier verifier() {
      return new Verifier(dns, Clock.systemUTC(), dnsLimit, "dive-java");
    }

    /**
     * Fetches as a client.
     *
     * @throws RotationException if a client refuses it, or no policy covers it
     */
    Attempt fetch(URI url) throws RotationException, InterruptedException {
      DiveClient.Builder client = DiveClient.builder(verifier());
      connect.ifPresent(client::connectTo);
      @Nullable Path body = null;
      try {
        body = Files.createTempFile("dive-rotation", ".body");
        Fetched fetched = client.build().download(url, body);
        Verdict verdict = fetched.outcome().verdict();
        if (verdict instanceof Verdict.Undecided undecided) {
          return new Attempt(Optional.empty(), url + ": " + undecided.sentence());
        } else if (!(verdict instanceof Verdict.Accepted)) {
          throw refused(url, verdict);
        }
        return new Attempt(Optional.of(new ServedResponse(fetched, digests(body), this)), "");
      } catch (IOException e) {
        return new Attempt(Optional.empty(), String.valueOf(e.getMessage()));
      } finally {
        delete(body);
      }
    }

    private static void delete(@Nullable Path file) {
      try {
        if (file != null) {
          Files.deleteIfExists(file);
        }
      } catch (IOException e) {
        file.toFile().deleteOnExit();
      }
    }
  }

  private ServedResponse(Fetched fetched, List<BodyDigest> digests, Source source) {
    this.fetched = fetched;
    this.policy = fetched.outcome().policy().orElseThrow();
    this.digests = digests;
    this.source = source;
  }

  private static List<BodyDigest> digests(Path body) throws IOException {
    List<BodyDigest> digests = new ArrayList<>();
    for (HashAlgorithm hash : HashAlgorithm.values()) {
      BodyDigester digester = new BodyDigester(hash);
      try (InputStream in = Files.newInputStream(body)) {
        byte[] buffer = new byte[64 * 1024];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
          digester.update(buffer, 0, count);
        }
      }
      digests.add(digester.finish());
    }
    return digests;
  }

  private static RotationException refused(URI url, Verdict verdict) {
    String problem = "the policy of its host requires https, so name an https URL";
    if (verdict instanceof Verdict.Rejected rejected) {
      problem =
          "clients refuse it (%s): %s; put that right, and run this again"
              .formatted(rejected.reason().token(), rejected.sentence());
    } else if (verdict instanceof Verdict.NotCovered notCovered) {
      problem = notCovered.sentence() + "; name a resource that is signed, with --url";
    }
    return new RotationException(ErrorCode.ROTATION_CHECK_FAILED, url + ": " + problem);
  }

  /** The Key IDs of all signatures, of both revisions. */
  Set<KeyId> keys() {
    Set<KeyId> keys = new LinkedHashSet<>();
    for (ProtocolVersion version : ProtocolVersion.values()) {
      references(version).forEach(reference -> keys.add(reference.keyId()));
    }
    return keys;
  }

  private List<KeyReference> references(ProtocolVersion version) {
    List<KeyReference> references = new ArrayList<>();
    try {
      if (version.headerForm() == ProtocolVersion.HeaderForm.DIVE_SIG) {
        if (has(FieldNames.DIVE_SIG)) {
          DiveSig.parse(value(FieldNames.DIVE_SIG))
              .entries()
              .forEach(entry -> references.add(entry.key()));
        }
      } else if (has(FieldNames.SIGNATURE_INPUT)) {
        for (MessageSignature signature : messageSignatures()) {
          references.add(KeyReference.parse(signature.keyid().orElse("")));
        }
      }
    } catch (MalformedFieldException e) {
      // Of the revision that was not judged, or a signature of somebody else's; no key of ours.
      return references;
    }
    return references;
  }

  private boolean has(String name) {
    return fetched.fields().stream().anyMatch(field -> field.name().equalsIgnoreCase(name));
  }

  private String value(String name) {
    return String.join(
        ", ",
        fetched.fields().stream()
            .filter(field -> field.name().equalsIgnoreCase(name))
            .map(HeaderField::value)
            .toList());
  }

  private List<MessageSignature> messageSignatures() throws MalformedFieldException {
    return MessageSignature.parse(value(FieldNames.SIGNATURE_INPUT), value(FieldNames.SIGNATURE));
  }

  /**
   * Judges the signatures of one key alone, for each revision that has a policy and is sent.
   *
   * @return what is wrong; empty if a client that knows this key only accepts the response
   */
  Optional<String> problemOf(KeyId key) throws MalformedFieldException {
    for (PolicyRecord record : policy.all()) {
      ProtocolVersion version = record.version();
      boolean sent =
          version.headerForm() == ProtocolVersion.HeaderForm.DIVE_SIG
              ? has(FieldNames.DIVE_SIG)
              : has(FieldNames.SIGNATURE_INPUT);
      if (sent || record.equals(policy.policy())) {
        Optional<String> problem = problemOf(key, record);
        if (problem.isPresent()) {
          return problem;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<String> problemOf(KeyId key, PolicyRecord record)
      throws MalformedFieldException {
    if (references(record.version()).stream().noneMatch(r -> r.keyId().equals(key))) {
      return Optional.of("%s: no signature of key %s".formatted(record.version().token(), key));
    }
    List<HeaderField> fields =
        record.version().headerForm() == ProtocolVersion.HeaderForm.DIVE_SIG
            ? onlyDiveSig(key)
            : onlyMessageSignature(key);
    PolicyAnswer.Found only =
        new PolicyAnswer.Found(
            record, policy.level(), List.of(record), policy.ttl(), policy.signatureExpires());
    Verification verification =
        source
            .verifier()
            .begin(
                new Discovery(fetched.url(), Optional.of(only), Optional.empty()),
                new ReceivedResponse(fetched.url(), "GET", fetched.status().orElseThrow(), fields));
    Verdict verdict = verification.finish(digests).verdict();
    return verdict instanceof Verdict.Rejected rejected
        ? Optional.of(record.version().token() + ": " + rejected.sentence())
        : Optional.empty();
  }

  private List<HeaderField> onlyDiveSig(KeyId key) throws MalformedFieldException {
    List<DiveSig.Entry> entries =
        DiveSig.parse(value(FieldNames.DIVE_SIG)).entries().stream()
            .filter(entry -> entry.key().keyId().equals(key))
            .toList();
    return List.of(new HeaderField(FieldNames.DIVE_SIG, new DiveSig(entries).serialize()));
  }

  private List<HeaderField> onlyMessageSignature(KeyId key) throws MalformedFieldException {
    List<MessageSignature> only = new ArrayList<>();
    for (MessageSignature signature : messageSignatures()) {
      if (KeyReference.parse(signature.keyid().orElse("")).keyId().equals(key)) {
        only.add(signature);
      }
    }
    return List.of(
        new HeaderField(FieldNames.CONTENT_DIGEST, value(FieldNames.CONTENT_DIGEST)),
        new HeaderField(FieldNames.SIGNATURE_INPUT, MessageSignature.serializeInputs(only)),
        new HeaderField(FieldNames.SIGNATURE, MessageSignature.serializeSignatures(only)));
  }
}
