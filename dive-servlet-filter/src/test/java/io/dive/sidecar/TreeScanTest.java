// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static io.dive.sidecar.SampleKeys.ED25519;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.HashAlgorithm;
import io.dive.sidecar.SigningSummary.Failure;
import io.dive.sidecar.SigningSummary.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a scan of several threads finds: each file once, whether it is signed already or not. */
class TreeScanTest extends TreeSignerSuite {
  private static SigningSummary signRoots(SigningProgress progress, Path... roots)
      throws InterruptedException {
    return new TreeSigner(
            List.of(ED25519), HashAlgorithm.SHA_256, new TreeSigner.Options(false, false, 3))
        .sign(List.of(roots), progress);
  }

  @Test
  void rootsThatOverlap_eachFileCountsOnce_signedOrNot() throws Exception {
    Path file = write("file", "content");
    Path inner = write("sub/inner", "inner");
    awaitTick();
    Path sub = tree.resolve("sub");
    for (int run = 0; run < 3; run++) {
      List<SigningProgress.Snapshot> heard = new CopyOnWriteArrayList<>();
      SigningSummary summary =
          signRoots(heard::add, sub, inner, tree, tree.resolve("sub/../file"), file, tree, sub);
      assertEquals(2, run == 0 ? summary.signed() : summary.unchanged());
      assertEquals(run == 0 ? 12 : 0, summary.bytesHashed());
      assertEquals(
          new SigningProgress.Snapshot(2, 2, 12, 12), heard.get(heard.size() - 1), "run " + run);
    }
    requireRight(file, ED25519);
    requireRight(inner, ED25519);
  }

  @Test
  void fileThatChangedBesideOthers_isTheOnlyOneSignedAnew() throws Exception {
    Path changed = write("b", "content");
    Path first = write("a", "content");
    write("c", "content");
    awaitTick();
    assertEquals(3, sign(ED25519).signed());
    byte[] sidecar = Files.readAllBytes(Sidecar.pathFor(first));
    Files.writeString(changed, "CONTENT");
    Path damaged = Sidecar.pathFor(tree.resolve("c"));
    Files.writeString(damaged, Files.readString(damaged).replace("\"size\":7", "\"size\":8"));
    Path fresh = write("d", "fresh");

    List<SigningProgress.Snapshot> heard = new CopyOnWriteArrayList<>();
    SigningSummary summary = signRoots(heard::add, tree);
    assertEquals(new SigningSummary(3, 1, List.of(), List.of(), List.of(), List.of(), 19), summary);
    assertEquals(new SigningProgress.Snapshot(1, 4, 7, 26), heard.get(0), "found signed");
    assertEquals(new SigningProgress.Snapshot(4, 4, 26, 26), heard.get(heard.size() - 1));
    assertArrayEquals(sidecar, Files.readAllBytes(Sidecar.pathFor(first)));
    for (Path file : List.of(changed, first, tree.resolve("c"), fresh)) {
      requireRight(file, ED25519);
    }
  }

  @Test
  void directoryOfThousandsOfFiles_isLookedAtWhole() throws Exception {
    int count = 3001;
    for (int i = 0; i < count; i++) {
      write("f" + i, "content");
    }
    Path inner = write("sub/inner", "inner");
    awaitTick();
    List<Long> looked = new CopyOnWriteArrayList<>();
    SigningProgress listener =
        new SigningProgress() {
          @Override
          public void looked(long entries) {
            looked.add(entries);
          }

          @Override
          public void advanced(Snapshot progress) {}
        };
    assertEquals(count + 1, signRoots(listener, tree).signed());
    assertEquals(5, looked.size(), "a call for each thousand, and for the directory within");
    assertEquals(looked.stream().sorted().toList(), looked);
    assertEquals(count + 2, looked.get(looked.size() - 1));
    Files.writeString(tree.resolve("f2999"), "CONTENT");
    Files.delete(tree.resolve("f7"));
    SigningSummary summary = sign(ED25519);
    assertEquals(1, summary.signed());
    assertEquals(count - 1, summary.unchanged());
    assertEquals(List.of(tree.resolve("f7.dive")), summary.orphans());
    requireRight(inner, ED25519);
  }

  @Test
  void listsOfTheSummary_areInTheOrderOfPaths() throws Exception {
    List<Path> orphans = new ArrayList<>();
    List<Path> broken = new ArrayList<>();
    List<Path> taken = new ArrayList<>();
    for (String directory : List.of("z", "m/n", "a")) {
      Path gone = write(directory + "/gone", "content");
      orphans.add(Sidecar.pathFor(gone));
      broken.add(Files.createSymbolicLink(gone.resolveSibling("broken"), Path.of("nowhere")));
    }
    sign(ED25519);
    for (Path orphan : orphans) {
      Files.delete(orphan.resolveSibling("gone"));
      taken.add(Files.writeString(orphan.resolveSibling("taken"), "content"));
      Files.writeString(orphan.resolveSibling("taken.dive"), "the user's");
    }
    SigningSummary summary = sign(ED25519);
    assertEquals(orphans.stream().sorted().toList(), summary.orphans());
    assertEquals(broken.stream().sorted().toList(), summary.skipped());
    assertEquals(
        taken.stream().sorted().toList(), summary.failures().stream().map(Failure::path).toList());
  }

  @Test
  void directoriesNamedLikeSidecars_areEntered() throws Exception {
    Path alone = write("alone.dive/inner", "content");
    Path beside = write("beside.dive/inner", "content");
    Path file = write("beside", "content");
    Path nested = write("nested.dive/nested.dive/inner", "content");
    Path onlySuffix = write(Sidecar.SUFFIX, "content");
    awaitTick();
    for (int run = 0; run < 2; run++) {
      SigningSummary summary = sign(ED25519);
      assertEquals(Reason.PLACE_TAKEN, onlyFailure(summary, file));
      assertEquals(3, run == 0 ? summary.signed() : summary.unchanged());
      assertEquals(List.of(), summary.orphans());
    }
    for (Path inner : List.of(alone, beside, nested)) {
      requireRight(inner, ED25519);
    }
    assertFalse(Files.exists(Sidecar.pathFor(onlySuffix)));
  }

  @Test
  void sidecarThatIsALink_staysOne() throws Exception {
    Path file = write("file", "content");
    awaitTick();
    assertEquals(1, sign(ED25519).signed());
    Path sidecar = Sidecar.pathFor(file);
    Path kept = elsewhere.resolve("kept");
    Files.move(sidecar, kept);
    Files.createSymbolicLink(sidecar, kept);
    SigningSummary summary = sign(ED25519);
    assertEquals(new SigningSummary(0, 1, List.of(), List.of(), List.of(), List.of(), 0), summary);
    assertTrue(Files.isSymbolicLink(sidecar));
  }

  @Test
  void linkNamedBesideItsTree_countsOnce() throws Exception {
    Path file = write("file", "content");
    Path link = Files.createSymbolicLink(tree.resolve("link"), file);
    awaitTick();
    assertEquals(2, signRoots(SigningProgress.NONE, link, tree, link).signed());
    assertEquals(2, signRoots(SigningProgress.NONE, tree, link).unchanged());
    requireRight(link, ED25519);
  }

  @Test
  void interruptedBeforeTheEndOfTheScan_writesNothing() throws Exception {
    write("sub/file", "content");
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> sign(ED25519));
    assertFalse(Thread.interrupted());
    try (Stream<Path> paths = Files.list(tree.resolve("sub"))) {
      assertEquals(List.of(tree.resolve("sub/file")), paths.toList());
    }
  }
}
