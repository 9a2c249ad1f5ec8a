// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import io.dive.check.CheckPlan;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import io.dive.sidecar.Sidecar;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public keys that sidecars name, for the DNS check of a server that holds no private key. It
 * looks at a sample, so that a large tree does not delay the start.
 */
final class SidecarKeys {
  private static final Logger LOG = LoggerFactory.getLogger(SidecarKeys.class);
  private static final int MAX_VISITED = 20_000;
  private static final int MAX_SIDECARS = 1_000;

  /** Three sign at a time; more than a few are a sign of foreign sidecars, not of rotation. */
  private static final int MAX_KEYS = 16;

  private SidecarKeys() {}

  /**
   * What the first sidecars below some roots name.
   *
   * @param keys each once
   * @param together those of each sidecar
   */
  record Sample(List<CheckPlan.Key> keys, Set<Set<KeyReference>> together) {}

  /** What the first sidecars found below the roots name. */
  static Sample sample(List<Path> roots) {
    Map<KeyReference, RawPublicKey> keys = new LinkedHashMap<>();
    Set<Set<KeyReference>> together = new LinkedHashSet<>();
    for (Path root : roots) {
      try (Stream<Path> files = Files.walk(real(root))) {
        Iterator<Path> sidecars =
            files
                .limit(MAX_VISITED)
                .filter(file -> file.toString().endsWith(Sidecar.SUFFIX))
                .filter(Files::isRegularFile)
                .limit(MAX_SIDECARS)
                .iterator();
        while (sidecars.hasNext() && keys.size() < MAX_KEYS) {
          add(sidecars.next(), keys, together);
        }
      } catch (IOException | UncheckedIOException e) {
        LOG.warn("Sidecars below {} could not be looked at: {}", root, e.toString());
      }
    }
    return new Sample(
        keys.entrySet().stream()
            .map(key -> new CheckPlan.Key(key.getKey(), key.getValue()))
            .toList(),
        together);
  }

  /** Where a path leads, since a walk does not enter a link; the path itself if nowhere. */
  static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path.toAbsolutePath().normalize();
    }
  }

  private static void add(
      Path file, Map<KeyReference, RawPublicKey> keys, Set<Set<KeyReference>> together) {
    try (InputStream in = Files.newInputStream(file)) {
      if (Sidecar.parse(in.readNBytes(Sidecar.MAX_BYTES + 1)) instanceof Sidecar sidecar) {
        sidecar.publicKeys().forEach(keys::putIfAbsent);
        together.add(Set.copyOf(sidecar.publicKeys().keySet()));
      }
    } catch (IOException e) {
      // One that cannot be read is the store's to complain about.
      LOG.debug("{} was not looked at: {}", file, e.toString());
    }
  }
}
