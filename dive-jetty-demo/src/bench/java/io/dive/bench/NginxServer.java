// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** nginx with a configuration of its own, as fast as it gets, with fields that never change. */
record NginxServer(Process nginx, int port) implements Server {
  private static final int START_ATTEMPTS = 100;

  static NginxServer start(Path directory, Path root) throws IOException, InterruptedException {
    int port = freePort();
    Path file = directory.resolve("nginx.conf");
    Files.writeString(file, configuration(directory, root, port));
    Process process =
        new ProcessBuilder(
                List.of(
                    Program.NGINX.path(),
                    "-e",
                    directory.resolve("error.log").toString(),
                    "-p",
                    directory.toString(),
                    "-c",
                    file.toString()))
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output.txt").toFile())
            .start();
    for (int i = 0; i < START_ATTEMPTS && process.isAlive(); i++) {
      try (Socket connection = new Socket()) {
        connection.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return new NginxServer(process, port);
      } catch (IOException notYet) {
        Thread.sleep(100);
      }
    }
    JavaProcess.end(process);
    throw new IOException("nginx: " + Files.readString(directory.resolve("output.txt")));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static String configuration(Path directory, Path root, int port) throws IOException {
    // Started by root, its workers would be somebody who may not read the temporary directory.
    String owner = Files.getOwner(directory).getName();
    String user = owner.equals("root") ? "user root;" : "";
    String fields =
        FixedFields.all().entrySet().stream()
            .map(field -> "add_header %s '%s';".formatted(field.getKey(), field.getValue()))
            .collect(Collectors.joining(" "));
    return """
        daemon off; %1$s worker_processes auto; pid %2$s/nginx.pid;
        events { worker_connections 512; }
        http {
          access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
          open_file_cache max=1000 inactive=60s; default_type application/octet-stream;
          client_body_temp_path %2$s/body; proxy_temp_path %2$s/proxy;
          fastcgi_temp_path %2$s/fastcgi; uwsgi_temp_path %2$s/uwsgi; scgi_temp_path %2$s/scgi;
          server {
            listen 127.0.0.1:%3$d; root %4$s; %5$s
          }
        }
        """
        .formatted(user, directory, port, root, fields);
  }

  @Override
  public ProcessHandle process() {
    return nginx.toHandle();
  }

  @Override
  public String host() {
    return Workbench.HOST;
  }

  @Override
  public void close() {
    JavaProcess.end(nginx);
  }
}
