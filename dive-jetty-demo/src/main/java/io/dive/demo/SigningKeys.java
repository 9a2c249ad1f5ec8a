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
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * The keys that sign, in the order of the settings.
 *
 * @param made whether the one key was made just now
 */
record SigningKeys(List<Key> keys, boolean made) {
  /** The Key ID of the first start. */
  static final String FIRST_KEY_ID = "sandbox1";

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
   * The keys that a rotation, or the first start, left in the settings. Where their files are gone,
   * a new key is made, under a Key ID that none had: clients remember the old ones.
   */
  static SigningKeys open(Path directory, Path settings, Clock clock)
      throws IOException, DiveException {
    List<Key> known = known(directory, settings);
    List<Key> usable = known.stream().filter(key -> Files.exists(key.file())).toList();
    if (!usable.isEmpty()) {
      return new SigningKeys(usable, false);
    }
    Path first = directory.resolve(FIRST_KEY_ID + SUFFIX);
    if (known.isEmpty() && Files.exists(first)) {
      return new SigningKeys(List.of(new Key(new KeyId(FIRST_KEY_ID), first)), false);
    }
    KeyId id =
        known.isEmpty()
            ? new KeyId(FIRST_KEY_ID)
            : FreshKeyId.suggest(clock, Stream.concat(ids(known), idsOfFiles(directory)).toList());
    Key key = new Key(id, directory.resolve(id + SUFFIX));
    KeyFile.of(key.file())
        .create(SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom()));
    return new SigningKeys(List.of(key), true);
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

  private static Stream<KeyId> ids(List<Key> keys) {
    return keys.stream().map(Key::id);
  }

  /** Keys that were replaced keep their files, and their Key IDs. */
  private static Stream<KeyId> idsOfFiles(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.matches("[A-Za-z0-9_]{1,63}\\.pem"))
          .map(name -> new KeyId(name.substring(0, name.length() - SUFFIX.length())))
          .toList()
          .stream();
    }
  }

  List<Signer> signers() throws DiveException {
    List<Signer> signers = new ArrayList<>();
    for (Key key : keys) {
      signers.add(key.signer());
    }
    return signers;
  }
}
