// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.key.KeyFile;
import io.dive.key.Passphrase;
import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.IoFault;
import io.dive.protocol.KeyId;
import io.dive.protocol.RotationException;
import io.dive.settings.DiveSettings;
import io.dive.settings.KeySettings;
import io.dive.settings.SettingsText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The server's {@code dive.properties}, whose keys are edited so that it is right at any moment.
 */
final class SettingsFile {
  private final Path file;

  SettingsFile(Path file) {
    this.file = file;
  }

  DiveSettings load() throws ConfigException {
    return DiveSettings.load(file);
  }

  static Optional<KeySettings> key(DiveSettings settings, KeyId id) {
    return settings.keys().stream().filter(key -> key.id().equals(id)).findFirst();
  }

  /** A private-key file that opens as the given key's does. */
  static KeyFile keyFile(DiveSettings settings, KeySettings like, Path path) {
    Optional<Passphrase> passphrase =
        like.passphraseFile()
            .<Passphrase>map(Passphrase.InFile::new)
            .or(() -> like.passphraseVariable().map(Passphrase.InEnvironment::new));
    return new KeyFile(path, passphrase, settings.allowExposedKeys());
  }

  /** Where the file of a new key belongs: beside the old one's. */
  static Path newFile(KeySettings old, KeyId newKey) {
    return old.file().resolveSibling(fileName(newKey));
  }

  private static String fileName(KeyId key) {
    return key.value() + ".pem";
  }

  /** Puts a new key before the old one, with all that is set for that. */
  void addBefore(KeySettings old, KeyId newKey) throws DiveException {
    edit(
        text -> {
          Map<String, String> settings = new LinkedHashMap<>();
          settings.put("id", newKey.value());
          settings.putAll(text.key(old.number()));
          settings.put("id", newKey.value());
          String oldFile = settings.getOrDefault("file", "").strip();
          settings.put("file", Path.of(oldFile).resolveSibling(fileName(newKey)).toString());
          return text.withKeyBefore(old.number(), settings);
        });
  }

  void remove(KeySettings key) throws DiveException {
    edit(text -> text.withoutKey(key.number()));
  }

  private void edit(UnaryOperator<SettingsText> change) throws DiveException {
    try {
      requireInPlace();
      String edited = change.apply(SettingsText.parse(Files.readString(file))).toString();
      // The server may load it at any moment, so it is tried before it counts.
      DurableFile.replace(file, edited.getBytes(StandardCharsets.UTF_8), DiveSettings::load);
    } catch (IOException e) {
      throw notEditable(e);
    }
  }

  private RotationException notEditable(IOException e) {
    return new RotationException(
        ErrorCode.ROTATION_IMPOSSIBLE,
        "%s is to be edited and %s; let the user this runs as write to it and to its directory"
            .formatted(file, IoFault.writing(e)),
        e);
  }

  /** Relative names in it are judged beside the new version, so that has to be in its directory. */
  void requireInPlace() throws RotationException {
    Path absolute = file.toAbsolutePath();
    boolean inPlace;
    try {
      inPlace = absolute.resolveSibling("").toRealPath().equals(absolute.toRealPath().getParent());
    } catch (IOException e) {
      throw notEditable(e);
    }
    if (!inPlace) {
      throw new RotationException(
          ErrorCode.ROTATION_IMPOSSIBLE,
          file + " is a symbolic link into another directory; rotate with a copy in its place");
    }
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
