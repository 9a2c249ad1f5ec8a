// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import io.dive.key.Signer;
import io.dive.key.SigningKey;
import io.dive.protocol.DiveException;
import io.dive.protocol.Excerpt;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.sign.BodyDigester;
import io.dive.sign.ResponseSigner;
import io.dive.sign.SignedBody;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sidecars beside the files (decision 25). A look-up reads the attributes of the sidecar once, and
 * its content only when size, modification time or file key are not those of the last time: a
 * change on disk counts from the next request on. Requests that need the same sidecar read it once.
 * Safe for use by many threads.
 */
public final class SidecarFiles implements SidecarStore {
  private static final Logger LOG = LoggerFactory.getLogger(SidecarFiles.class);
  private static final Absent ABSENT = new Absent();
  private static final int MAX_NAME_BYTES = 255;

  private static final String REMEDY = "Sign its file again (dive sign).";
  private static final Path REHEARSED = Path.of("rehearsal.dive");

  private final Set<ProtocolVersion> drafts;
  private final SidecarListener listener;
  private final UnusableSidecars unusable;
  private final Cache<Path, Entry> entries;

  /** What a sidecar said in a state. Permissions change without a new state: read anew then. */
  private record Entry(FileState state, Outcome outcome) {
    boolean answers(FileState asked) {
      return state.equals(asked) && !isUnreadable();
    }

    boolean isUnreadable() {
      return outcome instanceof Unusable verdict && verdict.reason() == UnusableReason.UNREADABLE;
    }
  }

  /** A store with an empty cache, of whose unusable sidecars no health tells. */
  public SidecarFiles(Set<ProtocolVersion> drafts, long cacheEntries, SidecarListener listener) {
    this(drafts, cacheEntries, listener, new UnusableSidecars(Clock.systemUTC()));
  }

  /**
   * A store with an empty cache.
   *
   * @param drafts the revisions whose fields are served, at least one
   * @param cacheEntries most sidecars remembered; one takes about 4 KiB
   * @param unusable where those stand that turn out unusable
   */
  public SidecarFiles(
      Set<ProtocolVersion> drafts,
      long cacheEntries,
      SidecarListener listener,
      UnusableSidecars unusable) {
    this.unusable = requireNonNull(unusable, "unusable");
    this.drafts = Set.copyOf(EnumSet.copyOf(drafts));
    this.listener = requireNonNull(listener, "listener");
    this.entries = Caffeine.newBuilder().maximumSize(cacheEntries).recordStats().build();
  }

  /**
   * Signs with a key that is thrown away, and reads the sidecar of that: what it loads and links
   * would keep the first client waiting for longer than all the rest of its request does.
   *
   * @throws IllegalStateException if what {@code dive sign} writes is not understood here
   */
  public static void rehearse() {
    SidecarFiles unused =
        new SidecarFiles(EnumSet.allOf(ProtocolVersion.class), 1, SidecarListener.NONE);
    Outcome outcome = unused.find(REHEARSED, FileState.UNREADABLE, () -> unused.outcome(example()));
    if (outcome instanceof Unusable verdict) {
      throw new IllegalStateException("a sidecar just made is unusable: " + verdict.sentence());
    }
  }

  private static ParsedSidecar example() {
    try {
      Signer signer =
          SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom())
              .signer(KeyReference.parse("rehearsal"));
      SignedBody body =
          new ResponseSigner(List.of(signer), EnumSet.allOf(ProtocolVersion.class), 0)
              .sign(BodyDigester.digest(HashAlgorithm.SHA_256, new byte[0]));
      return Sidecar.parse(
          new Sidecar(0, body, Map.of(signer.key(), signer.publicKey()), Optional.empty())
              .serialize());
    } catch (DiveException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Outcome find(Path file, BasicFileAttributes attributes) {
    Optional<Path> source = source(file);
    if (source.isEmpty()) {
      return ABSENT; // no sidecar can have such a name
    }
    Path sidecar = source.get();
    try {
      // Without the change time: what is in a sidecar is not believed but held against the file.
      BasicFileAttributes present = Files.readAttributes(sidecar, BasicFileAttributes.class);
      return find(sidecar, FileState.of(present), () -> read(sidecar, present));
    } catch (NoSuchFileException e) {
      entries.invalidate(sidecar);
      return ABSENT;
    } catch (IOException e) {
      return isTooLong(sidecar) ? ABSENT : find(sidecar, FileState.UNREADABLE, () -> unreadable(e));
    }
  }

  /** Whether the name is longer than file systems take: nothing an operator could put right. */
  private static boolean isTooLong(Path sidecar) {
    return String.valueOf(sidecar.getFileName()).getBytes(StandardCharsets.UTF_8).length
        > MAX_NAME_BYTES;
  }

  @Override
  public Optional<Path> source(Path file) {
    try {
      return Optional.of(Sidecar.pathFor(file));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** Hits, misses and evictions of the cache since the start. */
  public CacheStats cacheStats() {
    return entries.stats();
  }

  /** Reads one sidecar. */
  private interface Loader {
    Outcome load();
  }

  private Outcome find(Path sidecar, FileState state, Loader loader) {
    Entry known = entries.getIfPresent(sidecar);
    if (known == null || !known.answers(state)) {
      known =
          entries
              .asMap()
              .compute(
                  sidecar,
                  (path, old) ->
                      old != null && old.answers(state) ? old : load(path, state, loader, old));
    }
    if (known.outcome() instanceof Unusable verdict) {
      unusable.note(sidecar, new SeenFile(sidecar, state), verdict, REMEDY);
    }
    return known.outcome();
  }

  private Entry load(Path sidecar, FileState state, Loader loader, @Nullable Entry old) {
    Entry entry = new Entry(state, loader.load());
    if (!(entry.outcome() instanceof Unusable)) {
      unusable.clear(sidecar);
    }
    boolean isNews =
        old == null || !old.state().equals(state) || entry.isUnreadable() != old.isUnreadable();
    if (isNews && entry.outcome() instanceof Unusable verdict) {
      LOG.warn(
          "Sidecar {} is unusable ({}): {}",
          Excerpt.of(sidecar.toString()),
          verdict.reason().token(),
          verdict.sentence());
      listener.unusable(sidecar, verdict);
    }
    return entry;
  }

  private Outcome read(Path sidecar, BasicFileAttributes attributes) {
    if (!attributes.isRegularFile()) {
      return new Unusable(
          UnusableReason.NOT_A_FILE, "it is no regular file; move it away and sign the file");
    }
    byte[] content;
    try (InputStream in = Files.newInputStream(sidecar)) {
      content = in.readNBytes(Sidecar.MAX_BYTES + 1);
    } catch (IOException e) {
      return unreadable(e);
    }
    return outcome(Sidecar.parse(content));
  }

  private Outcome outcome(ParsedSidecar parsed) {
    return parsed instanceof Sidecar usable ? found(usable) : (Unusable) parsed;
  }

  private Outcome found(Sidecar sidecar) {
    List<HeaderField> fields = sidecar.body().fields(drafts);
    return fields.isEmpty()
        ? ABSENT
        : new Found(
            new StoredSignatures(
                sidecar.body(), OptionalLong.of(sidecar.fileSize()), sidecar.publicKeys(), fields));
  }

  static Unusable unreadable(IOException cause) {
    return new Unusable(
        UnusableReason.UNREADABLE,
        "it cannot be read; check its permissions: " + Excerpt.of(cause.toString()));
  }
}
