// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.grack.nanojson.JsonObject;
import io.dive.protocol.BoundedJson;
import io.dive.protocol.Excerpt;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.RawPublicKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The signatures of a {@code signatures.json}, as the public PHP server keeps them (decision 26).
 * There is no draft-00 signature and no file size in it: only the fields of RFC 9421 are served,
 * and a changed file shows by its digest alone. The document is read again when its size,
 * modification time or file key change; requests wait for that. An entry is checked when its file
 * is first asked for, and a bad one spoils no other. Safe for use by many threads.
 */
public final class SignaturesJson implements SidecarStore {
  /** Most bytes of the document. */
  public static final int MAX_BYTES = 256 * 1024 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(SignaturesJson.class);
  private static final String REMEDY = "Write signatures.json again.";
  private static final String REMEDY_OF_ENTRY = "Write its entry in signatures.json again.";
  private static final Absent ABSENT = new Absent();

  private final Path document;
  private final Path contentRoot;
  private final Set<ProtocolVersion> drafts;
  private final long cacheEntries;
  private final Function<KeyReference, Optional<RawPublicKey>> knownKeys;
  private final SidecarListener listener;
  private final UnusableSidecars unusable;
  private volatile @Nullable Snapshot snapshot;

  /**
   * One state of the document, with and without the change time: its entries unchecked, and the
   * outcomes of those asked for.
   */
  private record Snapshot(
      Optional<FileState> state,
      SeenFile seen,
      Optional<Unusable> verdict,
      Map<String, Object> entries,
      Cache<String, Outcome> outcomes) {
    boolean isUnreadable() {
      return verdict.isPresent() && verdict.orElseThrow().reason() == UnusableReason.UNREADABLE;
    }
  }

  /**
   * A store that reads the document at the first look-up.
   *
   * @param document the {@code signatures.json}
   * @param contentRoot the directory to which the file names in it are relative
   * @param drafts the revisions to serve; without draft-01 the store knows no signatures
   * @param cacheEntries most files whose checked signatures are remembered; one takes about 2 KiB
   * @param knownKeys the public keys with which to verify; signatures of others are taken as they
   *     are. Called once for each signature and state of the document; must be quick
   * @param unusable where the document stands if it cannot be used, or the files whose entries
   *     cannot
   */
  public SignaturesJson(
      Path document,
      Path contentRoot,
      Set<ProtocolVersion> drafts,
      long cacheEntries,
      Function<KeyReference, Optional<RawPublicKey>> knownKeys,
      SidecarListener listener,
      UnusableSidecars unusable) {
    this.document = requireNonNull(document, "document");
    this.contentRoot = contentRoot.toAbsolutePath().normalize();
    this.drafts = Set.copyOf(EnumSet.copyOf(drafts));
    this.cacheEntries = cacheEntries;
    this.knownKeys = requireNonNull(knownKeys, "knownKeys");
    this.listener = requireNonNull(listener, "listener");
    this.unusable = requireNonNull(unusable, "unusable");
  }

  @Override
  public Outcome find(Path file, BasicFileAttributes attributes) {
    Optional<String> name = nameOf(file);
    if (name.isEmpty()) {
      return ABSENT;
    }
    Snapshot present = present();
    if (present.verdict().isPresent()) {
      Unusable verdict = present.verdict().orElseThrow();
      unusable.note(document, present.seen(), verdict, REMEDY);
      return verdict;
    }
    Object entry = present.entries().get(name.orElseThrow());
    if (entry == null) {
      return ABSENT;
    }
    Outcome outcome = present.outcomes().get(name.orElseThrow(), unused -> check(file, entry));
    if (outcome instanceof Unusable verdict) {
      unusable.note(file, present.seen(), verdict, REMEDY_OF_ENTRY);
    }
    return outcome;
  }

  @Override
  public Optional<Path> source(Path file) {
    return Optional.of(document);
  }

  /** The file's name in the document; empty for a file outside the root. */
  private Optional<String> nameOf(Path file) {
    Path absolute = file.toAbsolutePath().normalize();
    if (!absolute.startsWith(contentRoot) || absolute.equals(contentRoot)) {
      return Optional.empty();
    }
    StringBuilder name = new StringBuilder();
    for (Path part : contentRoot.relativize(absolute)) {
      name.append(name.isEmpty() ? "" : "/").append(part);
    }
    return Optional.of(name.toString());
  }

  private Outcome check(Path file, Object entry) {
    Outcome outcome = SignaturesJsonEntry.check(entry, drafts, knownKeys);
    if (outcome instanceof Unusable verdict) {
      report("The entry of " + Excerpt.of(file.toString()), file, verdict);
    } else {
      unusable.clear(file);
    }
    return outcome;
  }

  private void report(String what, Path source, Unusable verdict) {
    LOG.warn(
        "{} in {} is unusable ({}): {}",
        what,
        Excerpt.of(document.toString()),
        verdict.reason().token(),
        verdict.sentence());
    listener.unusable(source, verdict);
  }

  private Snapshot present() {
    Optional<FileState> state;
    try {
      state = Optional.of(FileState.read(document));
    } catch (IOException e) {
      state = Optional.empty();
    }
    Snapshot known = snapshot;
    return known != null && answers(known, state) ? known : reload(state);
  }

  private static boolean answers(Snapshot known, Optional<FileState> state) {
    // Permissions change without a new state.
    return known.state().equals(state) && !known.isUnreadable();
  }

  private synchronized Snapshot reload(Optional<FileState> state) {
    Snapshot old = snapshot;
    if (old != null && answers(old, state)) {
      return old;
    }
    Snapshot loaded = load(state);
    boolean isNews =
        old == null || !old.state().equals(state) || old.isUnreadable() != loaded.isUnreadable();
    if (loaded.verdict().isEmpty()) {
      unusable.clear(document);
    }
    if (isNews) {
      loaded.verdict().ifPresent(verdict -> report("Everything", document, verdict));
    }
    snapshot = loaded;
    return loaded;
  }

  private Snapshot load(Optional<FileState> state) {
    Cache<String, Outcome> outcomes = Caffeine.newBuilder().maximumSize(cacheEntries).build();
    SeenFile seen = SeenFile.look(document);
    try {
      return new Snapshot(state, seen, Optional.empty(), entries(read()), outcomes);
    } catch (RejectedException e) {
      return new Snapshot(state, seen, Optional.of(e.verdict()), Map.of(), outcomes);
    } catch (IOException e) {
      return new Snapshot(state, seen, Optional.of(SidecarFiles.unreadable(e)), Map.of(), outcomes);
    }
  }

  private JsonObject read() throws IOException, RejectedException {
    if (Files.size(document) > MAX_BYTES) {
      throw new RejectedException(
          UnusableReason.TOO_LARGE, "more than %d bytes; split it".formatted(MAX_BYTES));
    }
    try (InputStream in = Files.newInputStream(document)) {
      return BoundedJson.parse(in.readNBytes(MAX_BYTES), "signatures.json (decision 26)");
    } catch (MalformedFieldException e) {
      throw RejectedException.of(e);
    }
  }

  /** The entries whose names are plain relative paths; no other can ever be asked for. */
  private Map<String, Object> entries(JsonObject json) {
    Map<String, Object> entries = new HashMap<>();
    int refused = 0;
    for (Map.Entry<String, Object> member : json.entrySet()) {
      if (SignaturesJsonEntry.isPlainPath(member.getKey())) {
        // A null is as wrong as any other value that is no object.
        entries.put(member.getKey(), Objects.requireNonNullElse(member.getValue(), ""));
      } else {
        refused++;
      }
    }
    if (refused > 0) {
      LOG.warn(
          "{} has {} names that are absolute or hold empty, \".\" or \"..\" parts; ignored",
          Excerpt.of(document.toString()),
          refused);
    }
    return entries;
  }
}
