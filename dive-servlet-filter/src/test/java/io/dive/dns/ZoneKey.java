// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.time.Instant;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;

/** The one key that signs a zone. */
record ZoneKey(DNSKEYRecord dnskey, PrivateKey privateKey) {
  static ZoneKey generate(Name zone) throws GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    try {
      DNSKEYRecord dnskey =
          new DNSKEYRecord(
              zone,
              DClass.IN,
              300,
              DNSKEYRecord.Flags.ZONE_KEY | DNSKEYRecord.Flags.SEP_KEY,
              DNSKEYRecord.Protocol.DNSSEC,
              DNSSEC.Algorithm.ED25519,
              pair.getPublic());
      return new ZoneKey(dnskey, pair.getPrivate());
    } catch (DNSSEC.DNSSECException e) {
      throw new GeneralSecurityException(e);
    }
  }

  RRSIGRecord sign(RRset set, Instant from, Instant until) {
    try {
      return DNSSEC.sign(set, dnskey, privateKey, from, until);
    } catch (DNSSEC.DNSSECException e) {
      throw new IllegalStateException(e);
    }
  }

  /** As a trust anchor is written. */
  @Override
  public String toString() {
    return dnskey.toString();
  }
}
