// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.nameserver;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DNSSEC.DNSSECException;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * The DNSSEC key of one zone: a single signing key (flags 257) that signs the DNSKEY RRset and all
 * others, algorithm ECDSAP256SHA256 (RFC 6605). Immutable and safe for use by several threads.
 *
 * <p>The file form is the DNSKEY record as one line of a zone file, then the private key as PKCS #8
 * PEM.
 */
public final class ZoneKeys {

  private static final int FLAGS = DNSKEYRecord.Flags.ZONE_KEY | DNSKEYRecord.Flags.SEP_KEY;
  private static final long TTL_SECONDS = 3600;
  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";

  private final DNSKEYRecord dnskey;
  private final PrivateKey privateKey;

  private ZoneKeys(DNSKEYRecord dnskey, PrivateKey privateKey) {
    this.dnskey = dnskey;
    this.privateKey = privateKey;
  }

  /**
   * Makes a new key for the zone at {@code apex}.
   *
   * @throws IllegalArgumentException if the name is relative
   */
  public static ZoneKeys generate(Name apex) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      DNSKEYRecord dnskey =
          new DNSKEYRecord(
              apex,
              DClass.IN,
              TTL_SECONDS,
              FLAGS,
              DNSKEYRecord.Protocol.DNSSEC,
              DNSSEC.Algorithm.ECDSAP256SHA256,
              pair.getPublic());
      return new ZoneKeys(dnskey, pair.getPrivate());
    } catch (GeneralSecurityException | DNSSECException e) {
      throw new IllegalStateException("this JDK cannot make ECDSA P-256 keys", e);
    }
  }

  /**
   * Reads the key of the zone at {@code apex}, or makes and stores one if the file does not exist,
   * so that the trust anchor stays the same over restarts.
   *
   * @throws IOException as {@link #load} and {@link #store}, or if the key is another zone's
   */
  public static ZoneKeys loadOrGenerate(Path file, Name apex) throws IOException {
    ZoneKeys keys;
    try {
      keys = load(file);
    } catch (NoSuchFileException absent) {
      keys = generate(apex);
      keys.store(file);
    }
    if (!keys.apex().equals(apex)) {
      throw new IOException(
          file
              + " holds the key of zone "
              + keys.apex()
              + ", not of "
              + apex
              + "; use another file");
    }
    return keys;
  }

  /**
   * Reads what {@link #store} wrote.
   *
   * @throws NoSuchFileException if there is no such file
   * @throws IOException if it cannot be read, is readable by others than its owner, is malformed,
   *     or its two halves do not belong together
   */
  public static ZoneKeys load(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    if (!OwnerOnlyFile.isHidden(file)) {
      throw new IOException("others than its owner may read " + file + "; run chmod 600 on it");
    }
    try {
      ZoneKeys keys = parse(text);
      keys.checkPair();
      return keys;
    } catch (IOException
        | IllegalArgumentException
        | GeneralSecurityException
        | DNSSECException e) {
      // Without the cause: its message may quote what it could not read.
      throw new IOException(
          file + " is not a zone key file; restore it, or remove it to get a new trust anchor");
    }
  }

  private static ZoneKeys parse(String text) throws IOException, GeneralSecurityException {
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException("no private key");
    }
    byte[] pkcs8 = Base64.getMimeDecoder().decode(text.substring(begin + BEGIN.length(), end));
    PrivateKey privateKey =
        KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    String[] fields = text.substring(0, begin).strip().split("\\s+", 5);
    if (fields.length != 5 || !fields[2].equals("IN") || !fields[3].equals("DNSKEY")) {
      throw new IllegalArgumentException("no DNSKEY record");
    }
    Name apex = Name.fromString(fields[0], Name.root);
    Record dnskey =
        Record.fromString(apex, Type.DNSKEY, DClass.IN, TTL_SECONDS, fields[4], Name.root);
    return new ZoneKeys((DNSKEYRecord) dnskey, privateKey);
  }

  private void checkPair() throws DNSSECException {
    if (dnskey.getFlags() != FLAGS
        || dnskey.getProtocol() != DNSKEYRecord.Protocol.DNSSEC
        || dnskey.getAlgorithm() != DNSSEC.Algorithm.ECDSAP256SHA256) {
      throw new IllegalArgumentException("not a combined signing key of algorithm 13");
    }
    Instant then = Instant.EPOCH.plusSeconds(1);
    RRSIGRecord signature =
        DNSSEC.sign(new RRset(dnskey), dnskey, privateKey, Instant.EPOCH, then.plusSeconds(1));
    DNSSEC.verify(new RRset(dnskey), signature, dnskey, then);
  }

  /**
   * Writes the key to a file that only its owner can read; a file of that name is replaced in one
   * step.
   *
   * @throws IOException if the directory cannot be written
   */
  public void store(Path file) throws IOException {
    OwnerOnlyFile.write(file, fileText());
  }

  private String fileText() {
    Base64.Encoder base64 = Base64.getMimeEncoder(64, new byte[] {'\n'});
    return String.join(
        "\n", trustAnchorDnskey(), BEGIN, base64.encodeToString(privateKey.getEncoded()), END, "");
  }

  /** The name of the zone. */
  public Name apex() {
    return dnskey.getName();
  }

  /** The trust anchor as one DS record line, digest type 2 (SHA-256). */
  public String trustAnchorDs() {
    return new DSRecord(apex(), DClass.IN, TTL_SECONDS, DNSSEC.Digest.SHA256, dnskey).toString();
  }

  /** The trust anchor as one DNSKEY record line. */
  public String trustAnchorDnskey() {
    return dnskey.toString();
  }

  DNSKEYRecord dnskey() {
    return dnskey;
  }

  /** Signs one RRset, given by its records. */
  RRSIGRecord sign(List<Record> rrset, SignatureValidity validity) {
    try {
      return DNSSEC.sign(
          new RRset(rrset), dnskey, privateKey, validity.inception(), validity.expiration());
    } catch (DNSSECException e) {
      throw new IllegalStateException("cannot sign with the key of zone " + apex(), e);
    }
  }

  @Override
  public String toString() {
    return "ZoneKeys[" + apex() + ", key tag " + dnskey.getFootprint() + "]";
  }
}
