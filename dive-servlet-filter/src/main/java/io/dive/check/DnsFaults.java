// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import io.dive.protocol.ErrorCode;

/** What a look-up that gave no answer means, and what to do. */
final class DnsFaults {
  private DnsFaults() {}

  /** The finding for a failed look-up of a record, a policy as well as a key. */
  static Finding finding(ErrorCode code, String owner, String sentence) {
    return switch (code) {
      case DNS_TIMEOUT ->
          new Finding(
              FindingCode.DNS_TIMEOUT,
              owner,
              sentence,
              "Check the resolver (dive.dns.resolver), the way to it and the zone's servers.");
      case DNS_TRUNCATED ->
          new Finding(
              FindingCode.DNS_TRUNCATED,
              owner,
              sentence,
              "Open TCP port 53 between here and the resolver, and make it answer there (RFC"
                  + " 7766).");
      case DNS_TLS_FAILURE ->
          new Finding(
              FindingCode.DNS_TLS_FAILURE,
              owner,
              sentence,
              "Name the resolver as its certificate does (tls://address#name), and give the"
                  + " authority that vouches for it in dive.dns.tls-ca.");
      case DNS_SIGNATURE_WRONG ->
          new Finding(
              FindingCode.DNS_SIGNATURE_WRONG,
              owner,
              sentence,
              "Sign the zone again and compare its servers: the record or its signature was"
                  + " changed after signing.");
      case DNS_SIGNATURE_EXPIRED ->
          new Finding(
              FindingCode.DNS_SIGNATURE_EXPIRED,
              owner,
              sentence,
              "Sign the zone again, and find out why its signer stopped; check this machine's"
                  + " clock too.");
      case DNS_SIGNATURE_NOT_YET_VALID ->
          new Finding(
              FindingCode.DNS_SIGNATURE_NOT_YET_VALID,
              owner,
              sentence,
              "Set the clocks of this machine and of the zone's signer.");
      case DNS_SIGNATURE_MISSING ->
          new Finding(
              FindingCode.DNS_SIGNATURE_MISSING,
              owner,
              sentence,
              "If the resolver strips signatures, ask another one (dive.dns.resolver); otherwise"
                  + " sign the zone, or remove its DS record at the parent.");
      case DNS_DENIAL_MISSING ->
          new Finding(
              FindingCode.DNS_DENIAL_MISSING,
              owner,
              sentence,
              "Sign the zone again with its NSEC or NSEC3 chain complete; if the resolver strips"
                  + " it, ask another one (dive.dns.resolver).");
      case DNS_BOGUS ->
          new Finding(
              FindingCode.DNS_BOGUS,
              owner,
              sentence,
              "Compare the zone's keys with its DS records at the parent, or with"
                  + " dive.dns.trust-anchor.");
      default ->
          new Finding(
              FindingCode.DNS_SERVER_FAILURE,
              owner,
              sentence,
              "Check the resolver (dive.dns.resolver) and the zone's servers.");
    };
  }
}
