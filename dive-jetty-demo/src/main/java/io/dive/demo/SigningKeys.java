// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import io.dive.key.FreshKeyId;
import io.dive.key.KeyFile;
import io.dive.key.Signer;
import io.dive.key.SigningKey;
import io.dive.protocol.DiveException;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.rotation.Rotation;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

/**
 * The keys that sign, in the order of the settings.
 *
 * @param made whether the one key was made just now
 */
record SigningKeys(List<Key> keys, boolean made) {
  /** The Key ID of the first start. */
  static final String FIRST_KEY_ID = "sandbox1";

  private static final KeyId FIRST = new KeyId(FIRST_KEY_ID);
  private static final String SUFFIX = ".pem";

  /** A Key ID, and the file with its key. */
  record Key(KeyId id, Path file) {
    Signer signer() throws DiveException {
      return KeyFile.of(file).read().signer(KeyReference.of(id));
    }
  }

  SigningKeys {
    keys = List.copyOf(keys);
  }

  /**
   * The keys that a rotation, or the first start, left in the settings. Where those are lost, the
   * keys that the zone publishes; without any, a new key is made, under a Key ID that none had:
   * clients remember the old ones.
   */
  static SigningKeys open(DataDirectory data, Clock clock) throws IOException, DiveException {
    Path directory = data.path();
    List<Key> known = known(directory, data.settings());
    List<Key> usable = known.stream().filter(key -> Files.exists(key.file())).toList();
    if (!usable.isEmpty()) {
      return new SigningKeys(usable, false);
    }
    PublishedKeys zone = PublishedKeys.in(data.zoneFile());
    List<Key> files = files(directory);
    List<Key> published = published(files, zone);
    if (!published.isEmpty()) {
      return new SigningKeys(published, false);
    }
    Set<KeyId> used = new HashSet<>(Rotation.usedKeyIds(data.rotationState()));
    used.addAll(zone.ids());
    known.forEach(key -> used.add(key.id()));
    if (used.isEmpty() && files.stream().map(Key::id).toList().equals(List.of(FIRST))) {
      return new SigningKeys(files, false); // a first start that did not come as far as the zone
    }
    files.forEach(key -> used.add(key.id()));
    KeyId id = used.isEmpty() ? FIRST : FreshKeyId.suggest(clock, used);
    Key key = new Key(id, directory.resolve(id + SUFFIX));
    KeyFile.of(key.file())
        .create(SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom()));
    return new SigningKeys(List.of(key), true);
  }

  private static List<Key> published(List<Key> files, PublishedKeys zone) throws DiveException {
    List<Key> published = new ArrayList<>();
    for (Key key : files) {
      // The files of replaced keys need not be readable any more.
      if (zone.has(key.id()) && zone.has(key.id(), key.signer().publicKey())) {
        published.add(key);
      }
    }
    return published;
  }

  /** The keys that the settings name, whether their files are there or not. */
  static List<Key> known(Path directory, Path settings) throws IOException {
    List<Key> known = new ArrayList<>();
    if (Files.exists(settings)) {
      Properties given = new Properties();
      try (Reader reader = Files.newBufferedReader(settings, StandardCharsets.UTF_8)) {
        given.load(reader);
      } catch (IllegalArgumentException e) {
        throw new IOException(settings + " is no properties file: remove it to have it anew", e);
      }
      for (int n = 1; given.containsKey("dive.key." + n + ".id"); n++) {
        String id = given.getProperty("dive.key." + n + ".id", "").strip();
        String file = given.getProperty("dive.key." + n + ".file", id + SUFFIX).strip();
        try {
          known.add(new Key(new KeyId(id), directory.resolve(file)));
        } catch (IllegalArgumentException e) {
          throw new IOException(
              "%s names a key \"%s\" in %s: correct it, or remove the file to have it anew"
                  .formatted(settings, id, file),
              e);
        }
      }
    }
    return known;
  }

  /** The files with keys, the newest first, as a rotation has them; replaced keys keep theirs. */
  private static List<Key> files(Path directory) throws IOException {
    Map<Key, FileTime> made = new HashMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        if (name.matches("[A-Za-z0-9_]{1,63}\\.pem")) {
          KeyId id = new KeyId(name.substring(0, name.length() - SUFFIX.length()));
          made.put(new Key(id, file), Files.getLastModifiedTime(file));
        }
      }
    }
    return made.entrySet().stream()
        .sorted(
            Map.Entry.<Key, FileTime>comparingByValue()
                .reversed()
                .thenComparing(entry -> entry.getKey().id().value()))
        .map(Map.Entry::getKey)
        .toList();
  }

  List<Signer> signers() throws DiveException {
    List<Signer> signers = new ArrayList<>();
    for (Key key : keys) {
      signers.add(key.signer());
    }
    return signers;
  }
}
