// SPDX-License-Identifier: Apache-2.0
package io.dive.sign;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import io.dive.key.Signer;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.ProtocolVersion.HeaderForm;
import io.dive.protocol.SignatureAlgorithm;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * From the digest of a body to ready header fields. Both signature algorithms are deterministic, so
 * a bounded cache saves the signatures of a body seen before. Where all keys are local, bodies that
 * never come again cost it nothing: keeping one takes as long as a few hashes. Safe for use by many
 * threads.
 */
public final class ResponseSigner {
  private final List<Signer> signers;
  private final Set<ProtocolVersion> drafts;
  private final boolean diveSig;
  private final boolean messageSignatures;

  /** Null where nothing is kept: it would be built for nothing. */
  private final @Nullable Cache<BodyDigest, RememberedFields> fieldsByDigest;

  /** Null where everything is kept at once, or nothing ever. */
  private final @Nullable Sightings sightings;

  /** Digests that were not looked for, because they had not come before or nothing is kept. */
  private final LongAdder strangers = new LongAdder();

  /**
   * A signer for a fixed set of keys.
   *
   * @param signers in signing order, the newest key first, 1 to {@link SignedBody#MAX_KEYS}
   * @param drafts the revisions to emit, at least one
   * @param cacheEntries how many bodies' fields are remembered, 0 for none; with one key of Ed25519
   *     an entry takes 1 KiB, and 1.5 more where a form of it is made ({@link RememberedFields#in})
   * @throws IllegalArgumentException if a number is out of range or two signers share a Key ID; DNS
   *     does not tell case, so neither does this (decision 9)
   */
  public ResponseSigner(List<Signer> signers, Set<ProtocolVersion> drafts, long cacheEntries) {
    this.signers = List.copyOf(signers);
    if (this.signers.isEmpty() || this.signers.size() > SignedBody.MAX_KEYS) {
      throw new IllegalArgumentException(
          "1 to " + SignedBody.MAX_KEYS + " signing keys, not " + this.signers.size());
    }
    if (this.signers.stream().map(ResponseSigner::dnsLabel).distinct().count()
        != this.signers.size()) {
      throw new IllegalArgumentException(
          "two signing keys share a Key ID (DNS does not tell case)");
    }
    if (drafts.isEmpty()) {
      throw new IllegalArgumentException("no revision to emit");
    }
    this.drafts = Collections.unmodifiableSet(EnumSet.copyOf(drafts));
    this.diveSig = SignedBody.emits(drafts, HeaderForm.DIVE_SIG);
    this.messageSignatures = SignedBody.emits(drafts, HeaderForm.MESSAGE_SIGNATURES);
    this.fieldsByDigest = cacheEntries == 0 ? null : cache(cacheEntries);
    this.sightings =
        cacheEntries > 0 && this.signers.stream().allMatch(Signer::isLocal)
            ? new Sightings(cacheEntries)
            : null;
  }

  private static Cache<BodyDigest, RememberedFields> cache(long entries) {
    // Evicts on the caller's thread: the bound holds at once and no foreign pool is used.
    return Caffeine.newBuilder().maximumSize(entries).executor(Runnable::run).recordStats().build();
  }

  private static String dnsLabel(Signer signer) {
    return signer.key().keyId().value().toLowerCase(Locale.ROOT);
  }

  /** The signing keys, in signing order. */
  public List<Signer> signers() {
    return signers;
  }

  /** The revisions whose fields are emitted. */
  public Set<ProtocolVersion> drafts() {
    return drafts;
  }

  /**
   * The header fields for a body, from the cache where it is there; it is when the body comes for
   * the third time, or the second where a key is not local.
   *
   * @throws KeyMaterialException if a signer fails; there are no fields then, not some
   */
  public List<HeaderField> fields(BodyDigest digest) throws KeyMaterialException {
    if (sightings != null && !sightings.again(digest)) {
      strangers.increment();
      return sign(digest).fields(drafts);
    }
    List<HeaderField> known = known(digest);
    return known == null ? signAndRemember(digest) : known;
  }

  private @Nullable RememberedFields known(BodyDigest digest) {
    if (fieldsByDigest == null) {
      strangers.increment();
      return null;
    }
    return fieldsByDigest.getIfPresent(digest);
  }

  /** The header fields for a body, as long as the cache has them. */
  public Optional<List<HeaderField>> remembered(BodyDigest digest) {
    return Optional.ofNullable(known(digest));
  }

  /**
   * The header fields for a body, made anew, for the cache too.
   *
   * @throws KeyMaterialException if a signer fails; there are no fields then, not some
   */
  public List<HeaderField> signAndRemember(BodyDigest digest) throws KeyMaterialException {
    List<HeaderField> fields = sign(digest).fields(drafts);
    if (fieldsByDigest == null) {
      return fields;
    }
    RememberedFields remembered = new RememberedFields(fields);
    fieldsByDigest.put(digest, remembered);
    return remembered;
  }

  /**
   * The header fields for a body with digests by other algorithms beside the one that clients are
   * promised, from the cache where there are none.
   *
   * @throws KeyMaterialException if a signer fails; there are no fields then, not some
   */
  public List<HeaderField> fields(BodyDigest digest, List<BodyDigest> further)
      throws KeyMaterialException {
    return further.isEmpty() ? fields(digest) : sign(digest, further).fields(drafts);
  }

  /**
   * Signs, without the cache, what the emitted revisions need.
   *
   * @throws KeyMaterialException if a signer fails
   */
  public SignedBody sign(BodyDigest digest) throws KeyMaterialException {
    return sign(digest, List.of());
  }

  private SignedBody sign(BodyDigest digest, List<BodyDigest> further) throws KeyMaterialException {
    List<BodySignature> signatures = new ArrayList<>(signers.size());
    for (Signer signer : signers) {
      signatures.add(
          new BodySignature(
              signer.key(),
              signer.publicKey().algorithm(),
              diveSig
                  ? Optional.of(signBytes(signer, digest.draft00SignedBytes()))
                  : Optional.empty(),
              messageSignatures
                  ? Optional.of(signBase(signer, SignedBody.contentDigest(digest, further)))
                  : Optional.empty()));
    }
    return new SignedBody(digest, further, signatures);
  }

  private static Bytes signBase(Signer signer, String contentDigest) throws KeyMaterialException {
    return signBytes(
        signer,
        MessageSignature.signatureBase(
            contentDigest,
            MessageSignature.signatureParams(signer.key(), signer.publicKey().algorithm())));
  }

  private static Bytes signBytes(Signer signer, byte[] message) throws KeyMaterialException {
    Bytes signature = signer.sign(message);
    SignatureAlgorithm algorithm = signer.publicKey().algorithm();
    if (signature.length() != algorithm.signatureLength()) {
      throw new KeyMaterialException(
          ErrorCode.SIGNING_FAILED,
          "the signer of key %s gave %d bytes, an %s signature has %d; check the signer"
              .formatted(signer.key(), signature.length(), algorithm, algorithm.signatureLength()));
    }
    return signature;
  }

  /** Hits, misses and evictions of the cache since the start. */
  public CacheStats cacheStats() {
    CacheStats unasked = CacheStats.of(0, strangers.sum(), 0, 0, 0, 0, 0);
    return fieldsByDigest == null ? unasked : fieldsByDigest.stats().plus(unasked);
  }
}
