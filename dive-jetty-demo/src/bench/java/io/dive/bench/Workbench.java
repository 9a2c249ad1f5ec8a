// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A temporary directory with a key and files to serve, and the servers that serve them. */
final class Workbench implements AutoCloseable {
  static final String HOST = "bench.dive.test";
  static final String SMALL = "1k.bin";
  static final String LARGE = "100m.bin";
  static final int SMALL_BYTES = 1024;
  static final long LARGE_BYTES = 100L * 1024 * 1024;
  private static final long MARGIN_BYTES = 2L << 30; // for all that is smaller
  private static final Duration COMMAND_PATIENCE = Duration.ofMinutes(30);

  private final Settings settings;
  private final Path directory;
  private final AtomicInteger servers = new AtomicInteger();

  private Workbench(Settings settings, Path directory) {
    this.settings = settings;
    this.directory = directory;
  }

  /**
   * Makes the directory, a key, and two signed files.
   *
   * @throws IOException if there is not enough space
   */
  static Workbench open(Settings settings) throws IOException, InterruptedException {
    long free = Files.getFileStore(settings.work()).getUsableSpace();
    long needed = Math.max(SignLarge.BYTES, SignMany.neededBytes(settings)) + MARGIN_BYTES;
    if (free < needed) {
      throw new IOException(
          "%s has %,d bytes left, %,d are needed; name another directory with -Dbench.work"
              .formatted(settings.work(), free, needed));
    }
    Workbench workbench =
        new Workbench(settings, Files.createTempDirectory(settings.work(), "dive-bench-"));
    Runtime.getRuntime().addShutdownHook(new Thread(workbench::abandon, "bench-stop"));
    boolean made = false;
    try {
      workbench.dive("keygen", "--out", workbench.key().toString(), "--id", "bench");
      Path files = Files.createDirectory(workbench.files());
      TestFiles.make(files.resolve(SMALL), SMALL_BYTES);
      TestFiles.make(files.resolve(LARGE), LARGE_BYTES);
      workbench.sign(files);
      made = true;
      return workbench;
    } finally {
      if (!made) {
        workbench.close();
      }
    }
  }

  Settings settings() {
    return settings;
  }

  /** A path in the temporary directory. */
  Path path(String name) {
    return directory.resolve(name);
  }

  /** The directory with {@link #SMALL} and {@link #LARGE}. */
  Path files() {
    return path("files");
  }

  private Path key() {
    return path("key.pem");
  }

  /** Signs a file or tree with the command line, in a process of its own. */
  String sign(Path tree) throws IOException, InterruptedException {
    return dive("sign", "--key", "bench=" + key(), tree.toString());
  }

  private String dive(String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(JavaProcess.java(), "-jar", settings.commandLine().toString())); // as it ships
    command.addAll(List.of(arguments));
    return Program.run(COMMAND_PATIENCE, command);
  }

  /** Jetty without the filter. */
  JettyServer bare(Path root) throws IOException, InterruptedException {
    return jetty(SignatureMaker.BOUNCY_CASTLE, "-Xmx512m", root, null);
  }

  /** Jetty with a filter that does only what no filter can do without. */
  JettyServer minimal(MinimalFilter filter) throws IOException, InterruptedException {
    return minimal(SignatureMaker.BOUNCY_CASTLE, filter);
  }

  JettyServer minimal(SignatureMaker provider, MinimalFilter filter)
      throws IOException, InterruptedException {
    return jetty(provider, "-Xmx512m", files(), Path.of(filter.name()));
  }

  /** Jetty with the filter in one mode for all paths. */
  JettyServer filtered(Path root, String mode, String... lines)
      throws IOException, InterruptedException {
    return filtered(SignatureMaker.BOUNCY_CASTLE, "-Xmx512m", root, mode, lines);
  }

  JettyServer filtered(
      SignatureMaker provider, String heap, Path root, String mode, String... lines)
      throws IOException, InterruptedException {
    List<String> text =
        new ArrayList<>(
            List.of(
                "dive.hosts = " + HOST,
                "dive.key.1.id = bench",
                "dive.key.1.file = " + key(),
                "dive.rule.9.path = /**",
                "dive.rule.9.mode = " + mode,
                "dive.check = off"));
    if (!mode.equals("stream")) {
      text.add("dive.rule.9.root = " + root);
    }
    text.addAll(List.of(lines));
    Path file = path("server-%d.properties".formatted(servers.get()));
    Files.write(file, text, StandardCharsets.UTF_8);
    return jetty(provider, heap, root, file);
  }

  JettyServer jetty(SignatureMaker provider, String heap, Path root, @Nullable Path filterSettings)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of(root.toString()));
    if (filterSettings != null) {
      arguments.add(filterSettings.toString());
    }
    JettyServer server =
        JettyServer.start(
            JavaProcess.start(
                log(), provider, List.of(heap), BenchServer.class.getName(), arguments));
    if (settings.record()) {
      record(server, filterSettings == null ? "bare" : "filtered");
    }
    return server;
  }

  /** Records the server until it ends, in a file among the results. */
  private void record(JettyServer server, String kind) throws IOException, InterruptedException {
    Path recording =
        Files.createDirectories(settings.results())
            .resolve("server-%d-%s.jfr".formatted(servers.get(), kind));
    Program.run(
        COMMAND_PATIENCE,
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
            Long.toString(server.process().pid()),
            "JFR.start",
            "settings=profile",
            "dumponexit=true",
            "filename=" + recording));
  }

  /** The sandbox as users start it. */
  Server sandbox(Path root) throws IOException, InterruptedException {
    return SandboxServer.start(
        JavaProcess.start(
            log(),
            SignatureMaker.BOUNCY_CASTLE,
            List.of("-Xmx512m"),
            "io.dive.demo.Main",
            List.of(
                "--port=0",
                "--dns=127.0.0.1:0",
                "--root=" + root,
                "--data=" + path("sandbox-data"))));
  }

  /** nginx that serves the files with fixed fields of a usual length. */
  Server nginx(Path root) throws IOException, InterruptedException {
    return NginxServer.start(Files.createTempDirectory(directory, "nginx"), root);
  }

  /** {@link CryptoFloor} in its process, warmed up. */
  JavaProcess cryptoFloor(SignatureMaker provider) throws IOException, InterruptedException {
    JavaProcess floor =
        JavaProcess.start(log(), provider, List.of(), CryptoFloor.class.getName(), List.of());
    floor.line();
    return floor;
  }

  private Path log() {
    return path("process-%d.log".formatted(servers.incrementAndGet()));
  }

  /** Says on standard error how far it is. */
  static void progress(String text) {
    System.err.println(requireNonNull(text, "text"));
  }

  /** Whatever ends us, Ctrl-C too: nothing that was started goes on, nothing is left. */
  private void abandon() {
    ProcessHandle.current().descendants().forEach(ProcessHandle::destroy);
    try {
      close();
    } catch (IOException e) {
      progress("could not be deleted: " + e);
    }
  }

  /** Takes the directory away. */
  @Override
  public void close() throws IOException {
    TestFiles.deleteTree(directory);
  }
}
