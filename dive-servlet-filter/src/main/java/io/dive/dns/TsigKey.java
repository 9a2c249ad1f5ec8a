// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.IoFault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.xbill.DNS.Name;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TextParseException;

/**
 * A secret shared with a name server that authenticates transfers and updates (RFC 8945).
 * Immutable; {@link #toString} shows its name and algorithm only.
 */
public final class TsigKey {
  private static final int MAX_FILE_BYTES = 64 * 1024;

  /** Those that RFC 8945 §6 recommends or admits, without SHA-1 and MD5. */
  private static final Map<String, Name> ALGORITHMS =
      Map.of(
          "hmac-sha224", TSIG.HMAC_SHA224,
          "hmac-sha256", TSIG.HMAC_SHA256,
          "hmac-sha384", TSIG.HMAC_SHA384,
          "hmac-sha512", TSIG.HMAC_SHA512);

  private final Name name;
  private final String algorithm;
  private final SecretKey secret;

  private TsigKey(Name name, String algorithm, byte[] secret) {
    this.name = name;
    this.algorithm = algorithm;
    this.secret = new SecretKeySpec(secret, algorithm);
  }

  /**
   * Reads a file with one {@code key} statement, as BIND's {@code tsig-keygen} writes it and {@code
   * named.conf} includes it. Others than owner and group may not read it.
   *
   * @throws ConfigException with {@code TSIG_KEY_UNUSABLE}, or {@code KEY_FILE_EXPOSED} where
   *     others may read or write the file; the message names the file and never shows its content
   */
  public static TsigKey read(Path file) throws ConfigException {
    String text;
    try {
      if (!Files.isRegularFile(file) && Files.exists(file)) {
        throw unusable(file, "is not a regular file; name the file itself");
      }
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw unusable(file, "is larger than 64 KiB, so it is no key file; name another file");
      }
      requireHidden(file);
      text = Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw unusable(file, "does not exist; make a key with tsig-keygen, or check the path");
    } catch (IOException e) {
      throw unusable(file, IoFault.reading(e));
    }
    return parse(text, file);
  }

  private static void requireHidden(Path file) throws IOException, ConfigException {
    PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (view == null) {
      return;
    }
    Set<PosixFilePermission> permissions = view.readAttributes().permissions();
    if (permissions.contains(PosixFilePermission.OTHERS_READ)
        || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new ConfigException(
          ErrorCode.KEY_FILE_EXPOSED,
          "",
          "TSIG key: everybody may read or write %s; run: chmod o= %s".formatted(file, file));
    }
  }

  private static TsigKey parse(String text, Path file) throws ConfigException {
    TsigStatement statement;
    try {
      statement = TsigStatement.parse(text);
    } catch (TsigStatement.SyntaxException e) {
      throw unusable(
          file,
          "line "
              + e.line()
              + " "
              + e.getMessage()
              + "; write it with: tsig-keygen -a hmac-sha256 NAME");
    }
    String algorithm = statement.algorithm().toLowerCase(Locale.ROOT);
    if (!ALGORITHMS.containsKey(algorithm)) {
      throw unusable(
          file,
          "has the algorithm \""
              + Excerpt.of(statement.algorithm())
              + "\"; supported are "
              + String.join(", ", List.copyOf(ALGORITHMS.keySet()).stream().sorted().toList())
              + ": make a new key, tsig-keygen -a hmac-sha256 NAME");
    }
    return new TsigKey(name(statement, file), algorithm, secret(statement, file));
  }

  private static Name name(TsigStatement statement, Path file) throws ConfigException {
    try {
      return Name.fromString(statement.name(), Name.root);
    } catch (TextParseException e) {
      throw unusable(
          file,
          "names its key \""
              + Excerpt.of(statement.name())
              + "\", which is no domain name; give it the name the server knows it by");
    }
  }

  private static byte[] secret(TsigStatement statement, Path file) throws ConfigException {
    byte[] secret;
    try {
      secret = Base64.getDecoder().decode(statement.secret());
    } catch (IllegalArgumentException e) {
      // Without the cause: its message quotes a character of the secret.
      secret = new byte[0];
    }
    if (secret.length == 0) {
      throw unusable(
          file,
          "has a secret that is not base64; copy the statement again, whole, from the server");
    }
    return secret;
  }

  private static ConfigException unusable(Path file, String problem) {
    return new ConfigException(
        ErrorCode.TSIG_KEY_UNUSABLE, "", "TSIG key: " + file + " " + problem);
  }

  /** The key's name as the server knows it, without the final dot. */
  public String name() {
    return name.toString(true);
  }

  /** The algorithm's name, such as {@code hmac-sha256}. */
  public String algorithm() {
    return algorithm;
  }

  /**
   * What dnsjava signs queries and verifies answers with, a new one at each call.
   *
   * @param clock for the time in signatures
   */
  public TSIG tsig(Clock clock) {
    Name algorithmName = requireNonNull(ALGORITHMS.get(algorithm), "admitted when read");
    return new TSIG(algorithmName, name, secret, requireNonNull(clock, "clock"));
  }

  /** Name and algorithm. */
  @Override
  public String toString() {
    return "TSIG key " + name() + " (" + algorithm + ")";
  }
}
