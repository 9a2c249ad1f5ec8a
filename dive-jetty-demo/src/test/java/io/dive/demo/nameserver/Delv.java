// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/** BIND's validating {@code delv}, that knows one zone, its server and trust anchor. */
public final class Delv {
  private final ForeignProgram program;
  private final Path directory;
  private final InetSocketAddress server;
  private final Name apex;
  private final Path anchors;

  /**
   * Skips the test if the program is missing.
   *
   * @param dnskey the zone's trust anchor, a DNSKEY record
   */
  public Delv(Path directory, String dnskey, Name apex, InetSocketAddress server)
      throws IOException {
    this.program = ForeignProgram.require("delv");
    this.directory = directory;
    this.server = server;
    this.apex = apex;
    String[] fields = dnskey.strip().split("\\s+", 8);
    this.anchors =
        Files.writeString(
            directory.resolve("anchors.conf"),
            "trust-anchors { \"%s\" static-key %s %s %s \"%s\"; };\n"
                .formatted(fields[0], fields[4], fields[5], fields[6], fields[7]));
  }

  /** What it prints of a name, relative to the zone unless it ends in a dot; "@" is the zone. */
  public String ask(String name, int type) throws IOException, InterruptedException {
    Name owner = name.equals("@") ? apex : Name.fromString(name, apex);
    return program
        .run(
            directory,
            "@" + server.getAddress().getHostAddress(),
            "-p",
            Integer.toString(server.getPort()),
            "-a",
            anchors.toString(),
            "+root=" + apex,
            owner.toString(),
            Type.string(type))
        .output();
  }
}
