// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.IoFault;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The certificate authorities that may vouch for a resolver's certificate. Immutable. */
public final class TlsTrust {
  private static final int MAX_FILE_BYTES = 1 << 20;

  private final SSLContext context;

  private TlsTrust(SSLContext context) {
    this.context = context;
  }

  /** Those that the Java runtime trusts. */
  public static TlsTrust ofRuntime() {
    try {
      return new TlsTrust(SSLContext.getDefault());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no TLS", e);
    }
  }

  /**
   * Those in a file of PEM certificates, and no others.
   *
   * @param setting the name of the setting, for the message
   * @throws ConfigException with {@code SETTING_INVALID}
   */
  public static TlsTrust read(String setting, Path file) throws ConfigException {
    try {
      if (!Files.isRegularFile(file) && Files.exists(file)) {
        throw unusable(setting, file, "is not a regular file");
      }
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw unusable(setting, file, "is larger than 1 MiB");
      }
      Collection<? extends Certificate> authorities =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)));
      if (authorities.isEmpty()) {
        throw unusable(setting, file, "holds no certificate");
      }
      return new TlsTrust(context(authorities));
    } catch (IOException e) {
      throw unusable(setting, file, IoFault.reading(e));
    } catch (CertificateException e) {
      throw unusable(setting, file, "is no file of certificates");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no TLS", e);
    }
  }

  private static SSLContext context(Collection<? extends Certificate> authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (Certificate authority : authorities) {
      store.setCertificateEntry("authority " + store.size(), authority);
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private static ConfigException unusable(String setting, Path file, String problem) {
    return new ConfigException(
        ErrorCode.SETTING_INVALID,
        setting,
        "%s: %s %s; give PEM certificates of the authorities that vouch for the resolver"
            .formatted(setting, file, problem));
  }

  SSLContext context() {
    return context;
  }
}
