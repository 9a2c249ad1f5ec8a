// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import io.dive.key.Signer;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.RawPublicKey;
import io.dive.sidecar.SigningSummary.Reason;
import io.dive.sign.ResponseSigner;
import io.dive.sign.SignedBody;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * Signs one file after the other, if need be. Safe for use by many threads, each with its own
 * hasher.
 *
 * <p>When is a file unchanged without hashing it? A modification time can be set by anyone, and a
 * copy often keeps an old one. So the sidecar also notes the inode and the status-change time
 * (ctime), which the system renews with each write and no one can set; only a program that has a
 * file mapped into its memory can change what it has changed there before without a new time. The
 * note is made only if the file system's clock had moved on between the last change of the file and
 * the moment the state was confirmed: a change after that moment then cannot have the same time.
 * Where the note is missing or does not fit (a copied tree, a file system without ctime), the file
 * is hashed; if the digest is right, the signatures are kept and only the note is renewed.
 *
 * <p>And when are the signatures right without verifying them? When the {@link SidecarChecksum} is
 * that of the sidecar and of the keys of this run, as it is after every run with them. Otherwise
 * they are verified, and if they are right, they are kept and the checksum is renewed.
 */
final class FileSigning {
  private static final int ATTEMPTS = 2;

  /** What became of a file. */
  enum Result {
    SIGNED,
    UNCHANGED
  }

  private final HashAlgorithm hash;
  private final boolean force;
  private final Semaphore processors;
  private final SidecarChecksum checksum;
  private final ResponseSigner signer;
  private final Map<KeyReference, RawPublicKey> publicKeys = new LinkedHashMap<>();

  /**
   * A signer of files.
   *
   * @param processors each thread that calls has one, and lends it while it waits for the disk
   */
  FileSigning(List<Signer> signers, HashAlgorithm hash, boolean force, Semaphore processors) {
    this.hash = hash;
    this.force = force;
    this.processors = processors;
    this.signer = new ResponseSigner(signers, EnumSet.allOf(ProtocolVersion.class), 0);
    signers.forEach(s -> publicKeys.put(s.key(), s.publicKey()));
    this.checksum = new SidecarChecksum(hash, publicKeys);
  }

  /** What confirms a sidecar; empty if every file is to be signed. */
  Optional<SidecarChecksum> checksum() {
    return force ? Optional.empty() : Optional.of(checksum);
  }

  Result sign(Path file, FileHasher hasher, ReadPace pace)
      throws SigningFailedException, InterruptedException {
    Optional<byte[]> present =
        force ? Optional.empty() : SidecarPlace.content(Sidecar.pathFor(file));
    if (present.isPresent() && isConfirmed(file, present.get())) {
      return Result.UNCHANGED;
    }
    Optional<Sidecar> old =
        present.isPresent()
            ? SidecarPlace.existing(present.get()).filter(this::isAsConfigured)
            : Optional.empty();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<Result> result = attempt(file, old, hasher, pace);
      if (result.isPresent()) {
        return result.orElseThrow();
      }
    }
    throw new SigningFailedException(
        Reason.CHANGING, "changed while it was read, twice; sign it when it is complete");
  }

  /**
   * Whether this is what an earlier run with these keys wrote for the present state of the file.
   */
  private boolean isConfirmed(Path file, byte[] sidecar) throws SigningFailedException {
    try {
      BasicFileAttributes attributes = FileAttributes.read(file);
      return FileAttributes.signedState(attributes)
          .filter(state -> checksum.confirms(sidecar, attributes.size(), state))
          .isPresent();
    } catch (IOException e) {
      throw SigningFailedException.reading(Reason.UNREADABLE, "", e);
    }
  }

  /** Same hash, same keys in the same order; a sidecar always has both drafts. */
  private boolean isAsConfigured(Sidecar sidecar) {
    return sidecar.body().digest().algorithm() == hash
        && List.copyOf(sidecar.publicKeys().entrySet()).equals(List.copyOf(publicKeys.entrySet()));
  }

  /** One try; empty if the file changed meanwhile. */
  private Optional<Result> attempt(
      Path file, Optional<Sidecar> old, FileHasher hasher, ReadPace pace)
      throws SigningFailedException, InterruptedException {
    FileState state;
    Optional<Sidecar.SignedState> signedState;
    Optional<BodyDigest> digest;
    try {
      BasicFileAttributes attributes = FileAttributes.read(file);
      state = FileState.of(attributes);
      signedState = FileAttributes.signedState(attributes);
      if (old.isPresent() && signedState.isPresent() && fits(old.orElseThrow(), state)) {
        if (old.orElseThrow().signedState().equals(signedState)) {
          // Verified just now, so that the next run need not.
          return renewNote(file, old.orElseThrow(), state, signedState);
        }
      }
      digest = hasher.hash(file, state, hash, pace);
    } catch (IOException e) {
      throw SigningFailedException.reading(Reason.UNREADABLE, "", e);
    }
    if (digest.isEmpty()) {
      return Optional.empty();
    }
    boolean keep =
        old.isPresent()
            && fits(old.orElseThrow(), state)
            && old.orElseThrow().body().digest().equals(digest.orElseThrow());
    return keep
        ? renewNote(file, old.orElseThrow(), state, signedState)
        : write(file, signed(digest.orElseThrow()), state, signedState);
  }

  private static boolean fits(Sidecar sidecar, FileState state) {
    return sidecar.fileSize() == state.size();
  }

  private SignedBody signed(BodyDigest digest) throws SigningFailedException {
    SignedBody body;
    try {
      body = signer.sign(digest);
    } catch (KeyMaterialException e) {
      throw new SigningFailedException(Reason.SIGNER_FAILED, "the signer failed", e);
    }
    Optional<KeyReference> mismatch = SignatureCheck.firstMismatch(body, publicKeys);
    if (mismatch.isPresent()) {
      throw new SigningFailedException(
          Reason.SIGNER_FAILED,
          "the signature of "
              + mismatch.orElseThrow()
              + " is not confirmed by its public key; check the signer");
    }
    return body;
  }

  private Optional<Result> write(
      Path file, SignedBody body, FileState state, Optional<Sidecar.SignedState> signedState)
      throws SigningFailedException {
    try (PendingSidecar pending = PendingSidecar.of(file)) {
      if (!isStill(file, state, signedState)) {
        return Optional.empty();
      }
      pending.commit(
          text(new Sidecar(state.size(), body, publicKeys, note(signedState, pending))),
          processors);
      return Optional.of(Result.SIGNED);
    } catch (IOException e) {
      throw SigningFailedException.writing(Reason.UNWRITABLE, "its sidecar ", e);
    }
  }

  /** The sidecar is right; that its note cannot be renewed only makes the next run slower. */
  private Optional<Result> renewNote(
      Path file, Sidecar old, FileState state, Optional<Sidecar.SignedState> signedState) {
    if (signedState.isEmpty()) {
      return Optional.of(Result.UNCHANGED);
    }
    try (PendingSidecar pending = PendingSidecar.of(file)) {
      if (!isStill(file, state, signedState)) {
        return Optional.empty();
      }
      Optional<Sidecar.SignedState> note = note(signedState, pending);
      if (note.isPresent()) {
        pending.commit(
            text(new Sidecar(old.fileSize(), old.body(), old.publicKeys(), note)), processors);
      }
    } catch (IOException e) {
      return Optional.of(Result.UNCHANGED);
    }
    return Optional.of(Result.UNCHANGED);
  }

  /** With the checksum, where there is a note for it. */
  private byte[] text(Sidecar sidecar) {
    byte[] text = sidecar.serialize();
    return sidecar
        .signedState()
        .map(state -> checksum.addTo(text, sidecar.fileSize(), state))
        .orElse(text);
  }

  /** The note on a state that was confirmed after the pending sidecar came to be. */
  private static Optional<Sidecar.SignedState> note(
      Optional<Sidecar.SignedState> state, PendingSidecar pending) {
    return state.filter(
        present -> pending.created().filter(present.changed()::isBefore).isPresent());
  }

  private static boolean isStill(
      Path file, FileState state, Optional<Sidecar.SignedState> signedState) throws IOException {
    BasicFileAttributes attributes = FileAttributes.read(file);
    return FileState.of(attributes).equals(state)
        && FileAttributes.signedState(attributes).equals(signedState);
  }
}
