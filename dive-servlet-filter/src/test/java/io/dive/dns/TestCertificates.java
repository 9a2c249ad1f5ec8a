// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A certificate authority made by OpenSSL, and a certificate of it for {@code resolver.test} and
 * {@code localhost}.
 */
record TestCertificates(Path authority, Path key, Path certificate, Path store) {
  private static final String PASSWORD = "changeit";

  static boolean canBeMade() {
    return Named.program("openssl").isPresent();
  }

  static TestCertificates make(Path directory) throws IOException, InterruptedException {
    Files.writeString(directory.resolve("names"), "subjectAltName=DNS:resolver.test,DNS:localhost");
    openssl(
        directory,
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority"
            + " -keyout ca.key -out ca.pem");
    openssl(
        directory,
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=resolver.test"
            + " -keyout server.key -out server.csr");
    openssl(
        directory,
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names"
            + " -out server.pem");
    openssl(
        directory,
        "pkcs12 -export -inkey server.key -in server.pem -out server.p12 -passout pass:"
            + PASSWORD);
    return new TestCertificates(
        directory.resolve("ca.pem"),
        directory.resolve("server.key"),
        directory.resolve("server.pem"),
        directory.resolve("server.p12"));
  }

  private static void openssl(Path directory, String arguments)
      throws IOException, InterruptedException {
    Named.run(directory, "openssl", arguments.split(" ", -1));
  }

  /** For a server in this process. */
  SSLContext serverContext() throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }
}
