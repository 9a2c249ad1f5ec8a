// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.BodyDigest;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyMaterialException;
import io.dive.sign.ResponseSigner;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Optional;

/**
 * From the digest of a body to the fields of its response, and what is remembered of it for the
 * next one. Used under the lock of its capture.
 */
final class CaptureSigning {
  private final HttpServletRequest request;
  private final HttpServletResponse target;
  private final ResponseSigner signer;
  private final boolean noTransform;
  private final BodyDigests digests;
  private final KnownBodies known;
  private final KnownBodies.Url url;
  private final CaptureJudgement judgement;

  CaptureSigning(
      HttpServletRequest request,
      HttpServletResponse target,
      ResponseSigner signer,
      boolean noTransform,
      BodyDigests digests,
      KnownBodies known,
      CaptureJudgement judgement) {
    this.request = request;
    this.target = target;
    this.signer = signer;
    this.noTransform = noTransform;
    this.digests = digests;
    this.known = known;
    this.url = known.url(request);
    this.judgement = judgement;
  }

  /**
   * Sets the fields of the body known under the URL and ETag of this response.
   *
   * @param length how long the body is at least
   * @return empty if none is known, and nothing was changed
   */
  Optional<FollowedBody> setKnown(long declaredLength, long length) {
    Optional<FollowedBody> body =
        FollowedBody.of(known, url, target, declaredLength, length, digests, judgement);
    if (body.isEmpty()) {
      return body;
    }
    try {
      set(signer.fields(body.get().digest()));
    } catch (KeyMaterialException | RuntimeException e) {
      return Optional.empty(); // It will fail, and be told, at the end of the body.
    }
    return body;
  }

  /** Whether the URL is one that bodies are remembered by. */
  boolean isNamed() {
    return !url.isUnnamed();
  }

  /** Tells with a part of a known body the digest of the whole (decision 15). */
  void describePart() {
    new KnownAnswer(known, url, target).describePart(noTransform);
  }

  /**
   * Sets, for a HEAD, the fields that the GET would have, where they are known (decision 14).
   *
   * @param complete whether the application has written all that it wanted to
   */
  void describeGet(long declaredLength, boolean complete) {
    Optional<BodyDigest> digest =
        new KnownAnswer(known, url, target)
            .ofGet(declaredLength, digests.written())
            .filter(found -> found.algorithm() == digests.hash())
            // What was made for nothing has to be the same, if all of it is here.
            .filter(found -> !complete || digests.written() == 0 || digests.finish().equals(found));
    try {
      if (digest.isPresent()) {
        set(signer.fields(digest.get()));
        judgement.signed(0);
      }
    } catch (KeyMaterialException | RuntimeException e) {
      judgement.failed(e);
    }
  }

  /** Whether the body will be known by a name when it comes again. */
  boolean willBeKnown() {
    return KnownBodies.name(url, target).isPresent();
  }

  /** The fields of the body that is complete; to be {@link #set}. */
  List<HeaderField> sign() throws KeyMaterialException {
    BodyDigest digest = digests.finish();
    long start = System.nanoTime();
    List<HeaderField> fields = signer.fields(digest, digests.provenClaims());
    judgement.signed(System.nanoTime() - start);
    remember(digest);
    return fields;
  }

  void set(List<HeaderField> fields) {
    SignatureFields.set(target, fields, noTransform);
  }

  private void remember(BodyDigest digest) {
    known.remember(url, target, digest, digests.written());
  }

  /**
   * Announces the fields as trailers.
   *
   * @param asked runs when the container asks for them
   * @return empty if this response cannot have them
   */
  Optional<CaptureTrailers> announce(long declaredLength, Runnable asked) {
    return CaptureTrailers.announce(request, target, signer, declaredLength, asked);
  }

  /** The body has gone out whole; its fields follow where they were announced. */
  void setTrailers(Optional<CaptureTrailers> trailers) throws KeyMaterialException {
    BodyDigest digest = digests.finish();
    remember(digest);
    if (trailers.isPresent()) {
      long start = System.nanoTime();
      trailers.get().set(signer.fields(digest));
      judgement.signed(System.nanoTime() - start);
    }
  }
}
