// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.site;

import io.dive.protocol.Fqdn;
import io.dive.protocol.ProtocolVersion;
import io.dive.sidecar.Sidecar;
import io.dive.sidecar.SidecarFiles;
import io.dive.sidecar.SidecarListener;
import io.dive.sidecar.SidecarStore;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Serial;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The sandbox's front page: the downloads with their signatures, the DNS records, the way to the
 * health state and the meters.
 */
public final class StatusPage extends HttpServlet {
  @Serial private static final long serialVersionUID = 1;

  private static final int LISTED_FILES = 200;

  private final transient Fqdn host;
  private final transient Path root;
  private final transient Supplier<Zone> zone;
  private final transient SidecarStore sidecars =
      new SidecarFiles(EnumSet.allOf(ProtocolVersion.class), LISTED_FILES, SidecarListener.NONE);

  /**
   * A version of the zone, and the keys that sign meanwhile.
   *
   * @param keyIds of those keys, in the order of the settings
   * @param diveRecords the lines of its policies and keys
   */
  public record Zone(long serial, List<String> keyIds, List<String> diveRecords) {
    /** Copies the lists. */
    public Zone {
      keyIds = List.copyOf(keyIds);
      diveRecords = List.copyOf(diveRecords);
    }
  }

  /**
   * A page about one site.
   *
   * @param root the directory below {@code /downloads/}
   * @param zone what DNS says at the moment
   */
  public StatusPage(Fqdn host, Path root, Supplier<Zone> zone) {
    this.host = host;
    this.root = root;
    this.zone = zone;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setContentType("text/html");
    response.setCharacterEncoding(StandardCharsets.UTF_8.name());
    response.setHeader("Cache-Control", "no-store");
    response.setHeader(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self';"
            + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    response.getWriter().write(page(downloads()));
  }

  private String page(List<Path> files) {
    String rows = files.stream().map(this::row).collect(Collectors.joining());
    String cut =
        files.size() < LISTED_FILES ? "" : "Only " + LISTED_FILES + " of the files are listed. ";
    Zone now = zone.get();
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>DIVE sandbox: %1$s</title>
        <style>
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
        table { border-collapse: collapse; width: 100%%; table-layout: fixed; }
        th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #ccc; }
        thead th:first-child { width: 14rem; }
        tbody th { font-weight: normal; overflow-wrap: anywhere; }
        code, pre { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
        .up { color: #06651f; } .down { color: #a40000; }
        </style>
        <script src="status.js" defer></script>
        </head>
        <body>
        <main>
        <h1>DIVE sandbox <small>%1$s</small></h1>
        <p>Asked for as %1$s, every response of status 200 carries signatures that a DIVE client checks against the keys below.
        <a href="downloads/valid.txt">valid.txt</a> arrives as it was signed;
        <a href="downloads/invalid.txt">invalid.txt</a> is changed on its way out, as an intruder on this server
        would do, and a DIVE client refuses it; <a href="generated/5000">generated/5000</a> is made on the fly.</p>
        <h2>Health: <span id="health" role="status">unknown</span></h2>
        <ul id="checks"></ul>
        <p><a href="dive/health">What the checks found</a>, <a href="metrics">meters</a></p>
        <h2 id="downloads">Downloads</h2>
        <table aria-labelledby="downloads">
        <thead><tr><th scope="col">File</th><th scope="col">Signatures</th></tr></thead>
        <tbody>
        %2$s</tbody>
        </table>
        <p>%3$s<a href="downloads/">The directory</a></p>
        <h2>DNS records</h2>
        <p>Zone %1$s, serial %5$d. Responses are signed with: %6$s</p>
        <pre>%4$s</pre>
        </main>
        </body>
        </html>
        """
        .formatted(
            escape(host.name()),
            rows,
            cut,
            escape(String.join("\n", now.diveRecords())),
            now.serial(),
            escape(String.join(", ", now.keyIds())));
  }

  private List<Path> downloads() throws IOException {
    Listing listing = new Listing();
    Files.walkFileTree(root, listing);
    return listing.files.stream().sorted().toList();
  }

  /** The first files of a tree that may change meanwhile, as it does when it is signed. */
  private static final class Listing extends SimpleFileVisitor<Path> {
    private final List<Path> files = new ArrayList<>();

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (!file.toString().endsWith(Sidecar.SUFFIX) && Files.isRegularFile(file)) {
        files.add(file);
      }
      return files.size() < LISTED_FILES ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      if (e instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE; // It has just gone.
      }
      throw e;
    }
  }

  private String row(Path file) {
    String name = root.relativize(file).toString().replace('\\', '/');
    return "<tr><th scope=\"row\"><a href=\"downloads%s\">%s</a></th><td><code>%s</code></td></tr>%n"
        .formatted(escape(encoded("/" + name)), escape(name), escape(signatures(file)));
  }

  private static String encoded(String path) {
    try {
      return new URI(null, null, path, null).toASCIIString();
    } catch (URISyntaxException e) {
      return "/";
    }
  }

  /** The header fields that the file is served with. */
  private String signatures(Path file) {
    try {
      SidecarStore.Outcome outcome =
          sidecars.find(file, Files.readAttributes(file, BasicFileAttributes.class));
      if (outcome instanceof SidecarStore.Found found) {
        return found.signatures().fields().stream()
            .map(field -> field.name() + ": " + field.value())
            .collect(Collectors.joining("\n"));
      }
      return outcome instanceof SidecarStore.Absent
          ? "no sidecar: signed when it is asked for"
          : "the sidecar cannot be used";
    } catch (IOException e) {
      return "the file cannot be read";
    }
  }

  /** For text and double-quoted attributes of HTML. */
  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
