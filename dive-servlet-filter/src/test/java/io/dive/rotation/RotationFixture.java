// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.KeyFile;
import io.dive.key.SigningKey;
import io.dive.protocol.DiveException;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.SignatureAlgorithm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** What tests of rotations and revocations start with: a site whose key is k1. */
@Timeout(300)
abstract class RotationFixture {
  /** The Key ID that a rotation of k1 chooses. */
  static final String NEW = "key20261101";

  static final KeyId K1 = new KeyId("k1");
  static final Optional<KeyId> OF_K1 = Optional.of(K1);

  final Path directory;
  RotationSite site;

  RotationFixture(Path directory) {
    this.directory = directory;
  }

  @BeforeEach
  void startSite() throws Exception {
    site = new RotationSite(directory);
  }

  @AfterEach
  void stopSite() {
    site.close();
  }

  Rotation rotation() {
    return new Rotation(site.setup().build());
  }

  Revocation revocation() {
    return new Revocation(site.setup().build());
  }

  static Progress.Awaited awaited(Progress progress) {
    return progress.awaited().orElseThrow();
  }

  /** Replaces texts in the settings, each of which must be there. */
  void edit(String... replacements) throws Exception {
    String settings = Files.readString(site.settings);
    for (int i = 0; i < replacements.length; i += 2) {
      assertTrue(settings.contains(replacements[i]), settings);
      settings = settings.replace(replacements[i], replacements[i + 1]);
    }
    Files.writeString(site.settings, settings);
  }

  void append(String text) throws Exception {
    Files.writeString(site.settings, Files.readString(site.settings) + text);
  }

  /** Makes a key and publishes it. */
  void publishKey(String id, String owner) throws Exception {
    SigningKey key = SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
    KeyFile.of(directory.resolve(id + ".pem")).create(key);
    site.zone.put(owner, new KeyRecord(key.publicKey(), Optional.empty(), 900).serialize());
  }

  /** Remembers what was begun, and done. */
  static final class Heard implements RotationListener {
    final List<String> started = new ArrayList<>();
    final List<String> done = new ArrayList<>();

    @Override
    public void starting(String action) {
      started.add(action);
    }

    @Override
    public void done(String action) {
      done.add(action);
    }
  }

  /** The end of a process. */
  static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Counts what is done, and ends it at one of the counts. */
  private static final class Crashing implements RotationListener {
    private final int at;
    private int count;

    Crashing(int at) {
      this.at = at;
    }

    private void count() {
      if (count++ == at) {
        throw new Crash();
      }
    }

    @Override
    public void starting(String action) {
      count();
    }

    @Override
    public void done(String action) {
      count();
    }
  }

  /** A whole rotation or revocation. */
  @FunctionalInterface
  interface Work {
    void finish(RotationSetup setup, RotationSetup.Waiter waiter)
        throws DiveException, InterruptedException;
  }

  /** What has to be true of a site afterwards. */
  @FunctionalInterface
  interface End {
    void check(RotationSite site) throws Exception;
  }

  /** Crashes at each place there is, each time with a site of its own, and goes on. */
  void assertCrashesDoNotMatter(Work work, End end) throws Exception {
    int crashes = 0;
    for (boolean crashed = true; crashed; crashes++) {
      Path fresh = Files.createDirectory(directory.resolve("crash" + crashes));
      try (RotationSite crashing = new RotationSite(fresh)) {
        crashed = crashes(work, crashing, new Crashing(crashes));
        work.finish(crashing.setup().build(), crashing.clock::pass);
        end.check(crashing);
      }
    }
    assertTrue(crashes > 20, "only " + crashes + " places to crash at");
  }

  private static boolean crashes(Work work, RotationSite site, Crashing listener) throws Exception {
    try {
      work.finish(site.setup().listener(listener).build(), site.clock::pass);
      return false;
    } catch (Crash e) {
      return true;
    }
  }
}
