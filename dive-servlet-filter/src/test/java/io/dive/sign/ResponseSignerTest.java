// SPDX-License-Identifier: Apache-2.0
package io.dive.sign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.Signer;
import io.dive.key.SigningKey;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ResponseSignerTest {
  private static final Set<ProtocolVersion> BOTH = EnumSet.allOf(ProtocolVersion.class);

  private static Signer signer(String keyId) throws KeyMaterialException {
    byte[] seed = new byte[32];
    Arrays.fill(seed, (byte) keyId.hashCode());
    return SigningKey.ofSeed(SignatureAlgorithm.ED25519, seed)
        .signer(KeyReference.of(new KeyId(keyId)));
  }

  private static BodyDigest digest(int number) {
    return BodyDigester.digest(HashAlgorithm.SHA_256, new byte[] {(byte) number});
  }

  /** A signer as an operator might bring, which counts and can be made to fail. */
  private static final class RemoteSigner implements Signer {
    private final Signer key;
    private final AtomicInteger calls = new AtomicInteger();
    private volatile boolean down;

    RemoteSigner(Signer key) {
      this.key = key;
    }

    @Override
    public KeyReference key() {
      return key.key();
    }

    @Override
    public RawPublicKey publicKey() {
      return key.publicKey();
    }

    @Override
    public Bytes sign(byte[] message) throws KeyMaterialException {
      calls.incrementAndGet();
      if (down) {
        throw new KeyMaterialException(ErrorCode.SIGNER_UNAVAILABLE, "the agent does not answer");
      }
      return key.sign(message);
    }
  }

  @Test
  void fields_sameBodyForTheThirdTime_comeFromTheCache() throws KeyMaterialException {
    ResponseSigner responses = new ResponseSigner(List.of(signer("a")), BOTH, 10);
    List<HeaderField> first = responses.fields(digest(1));
    List<HeaderField> second = responses.fields(digest(1));
    assertEquals(first, second);
    assertSame(second, responses.fields(digest(1)));
    assertEquals(1, responses.cacheStats().hitCount());
    assertEquals(2, responses.cacheStats().missCount());
  }

  @Test
  void fields_sameBodyByARemoteKey_areSignedOnce() throws KeyMaterialException {
    RemoteSigner remote = new RemoteSigner(signer("b"));
    ResponseSigner responses = new ResponseSigner(List.of(signer("a"), remote), BOTH, 10);
    List<HeaderField> first = responses.fields(digest(1));
    assertEquals(2, remote.calls.get());
    assertSame(first, responses.fields(digest(1)));
    assertEquals(2, remote.calls.get());
  }

  @Test
  void fields_bodyOnce_isNotKept() throws KeyMaterialException {
    ResponseSigner responses = new ResponseSigner(List.of(signer("a")), BOTH, 10);
    responses.fields(digest(1));
    assertTrue(responses.remembered(digest(1)).isEmpty());
  }

  @Test
  void signAndRemember_once_isKept() throws KeyMaterialException {
    ResponseSigner responses = new ResponseSigner(List.of(signer("a")), BOTH, 10);
    List<HeaderField> fields = responses.signAndRemember(digest(1));
    assertSame(fields, responses.remembered(digest(1)).orElseThrow());
  }

  @Test
  void fields_withoutCache_areSignedEachTime() throws KeyMaterialException {
    RemoteSigner remote = new RemoteSigner(signer("a"));
    ResponseSigner responses = new ResponseSigner(List.of(remote), BOTH, 0);
    assertEquals(responses.fields(digest(1)), responses.fields(digest(1)));
    assertEquals(4, remote.calls.get());
  }

  @Test
  void fields_oneRevision_signsForThatOneOnly() throws KeyMaterialException {
    RemoteSigner remote = new RemoteSigner(signer("a"));
    ResponseSigner responses =
        new ResponseSigner(List.of(remote), Set.of(ProtocolVersion.DRAFT_00), 0);
    assertEquals(1, responses.fields(digest(1)).size());
    assertEquals(1, remote.calls.get());
  }

  @Test
  void fields_moreBodiesThanEntries_forgetsTheRest() throws KeyMaterialException {
    ResponseSigner responses = new ResponseSigner(List.of(signer("a")), BOTH, 10);
    for (int i = 0; i < 100; i++) {
      responses.fields(digest(i));
      responses.fields(digest(i));
    }
    assertEquals(90, responses.cacheStats().evictionCount());
  }

  @Test
  void fields_nothingIsKept_eachIsSignedAndCountsAsAMiss() throws KeyMaterialException {
    RemoteSigner remote = new RemoteSigner(signer("b"));
    ResponseSigner responses = new ResponseSigner(List.of(signer("a"), remote), BOTH, 0);
    assertEquals(responses.fields(digest(1)), responses.signAndRemember(digest(1)));
    assertEquals(4, remote.calls.get());
    assertEquals(Optional.empty(), responses.remembered(digest(1)));
    assertEquals(0, responses.cacheStats().hitCount());
    assertEquals(2, responses.cacheStats().missCount());
  }

  @Test
  void fields_signerFails_leavesNothingCached() throws KeyMaterialException {
    RemoteSigner remote = new RemoteSigner(signer("b"));
    ResponseSigner responses = new ResponseSigner(List.of(signer("a"), remote), BOTH, 10);
    remote.down = true;
    assertEquals(
        ErrorCode.SIGNER_UNAVAILABLE,
        assertThrows(KeyMaterialException.class, () -> responses.fields(digest(1))).code());
    assertThrows(KeyMaterialException.class, () -> responses.fields(digest(1)));
    assertEquals(0, responses.cacheStats().hitCount());
    remote.down = false;
    assertEquals(
        new ResponseSigner(List.of(signer("a"), signer("b")), BOTH, 0).fields(digest(1)),
        responses.fields(digest(1)));
  }

  @Test
  void fields_signatureOfTheWrongLength_isASigningFailure() throws KeyMaterialException {
    Signer key = signer("a");
    Signer broken =
        new Signer() {
          @Override
          public KeyReference key() {
            return key.key();
          }

          @Override
          public RawPublicKey publicKey() {
            return key.publicKey();
          }

          @Override
          public Bytes sign(byte[] message) {
            return Bytes.of(new byte[63]);
          }
        };
    ResponseSigner responses = new ResponseSigner(List.of(broken), BOTH, 10);
    assertEquals(
        ErrorCode.SIGNING_FAILED,
        assertThrows(KeyMaterialException.class, () -> responses.fields(digest(1))).code());
  }

  @Test
  void fields_manyThreadsAndBodies_areTheSameAsAlone() throws Exception {
    List<Signer> signers = List.of(signer("a"), signer("b"), signer("c"));
    List<List<HeaderField>> alone = new ArrayList<>();
    ResponseSigner single = new ResponseSigner(signers, BOTH, 0);
    int bodies = 12;
    for (int i = 0; i < bodies; i++) {
      alone.add(single.fields(digest(i)));
    }
    assertEquals(bodies, new HashSet<>(alone).size());

    ResponseSigner shared = new ResponseSigner(signers, BOTH, 4);
    int threads = 8;
    CyclicBarrier start = new CyclicBarrier(threads);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<List<List<HeaderField>>>> results = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        results.add(
            pool.submit(
                () -> {
                  start.await();
                  List<List<HeaderField>> mine = new ArrayList<>();
                  for (int i = 0; i < bodies; i++) {
                    mine.add(shared.fields(digest(i)));
                  }
                  return mine;
                }));
      }
      for (Future<List<List<HeaderField>>> result : results) {
        assertEquals(alone, result.get(1, TimeUnit.MINUTES));
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void construction_keysOutOfRange_refused() throws KeyMaterialException {
    List<Signer> four = List.of(signer("a"), signer("b"), signer("c"), signer("d"));
    assertThrows(IllegalArgumentException.class, () -> new ResponseSigner(List.of(), BOTH, 1));
    assertThrows(IllegalArgumentException.class, () -> new ResponseSigner(four, BOTH, 1));
    assertEquals(3, new ResponseSigner(four.subList(0, 3), BOTH, 1).signers().size());
  }

  @Test
  void construction_keyIdsThatDifferInCaseOnly_refused() throws KeyMaterialException {
    List<Signer> clash = List.of(signer("keyA"), signer("KEYa"));
    assertThrows(IllegalArgumentException.class, () -> new ResponseSigner(clash, BOTH, 1));
  }

  @Test
  void construction_noRevisionOrNegativeCache_refused() throws KeyMaterialException {
    List<Signer> one = List.of(signer("a"));
    assertThrows(
        IllegalArgumentException.class,
        () -> new ResponseSigner(one, EnumSet.noneOf(ProtocolVersion.class), 1));
    assertThrows(IllegalArgumentException.class, () -> new ResponseSigner(one, Set.of(), 1));
    assertThrows(IllegalArgumentException.class, () -> new ResponseSigner(one, BOTH, -1));
  }
}
