// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import static java.util.Objects.requireNonNull;

import java.util.List;

/** What verifying a zone's digest came to (RFC 8976 §4, decision 28). */
public sealed interface ZoneResult {
  /** The zone that was judged. */
  Facts zone();

  /** One sentence on the result, for people. */
  String sentence();

  /**
   * The zone, in short.
   *
   * @param source where it was read from
   * @param name with the final dot
   * @param serial of its SOA record
   * @param records how many, duplicates once
   */
  record Facts(String source, String name, long serial, int records) {
    /** No component may be null. */
    public Facts {
      requireNonNull(source, "source");
      requireNonNull(name, "name");
    }

    static Facts of(Zone zone) {
      return new Facts(zone.source(), zone.name(), zone.serial(), zone.size());
    }
  }

  /** What a digest says about who made the zone. */
  enum Authenticity {
    /** The zone has no DNSSEC: the digest is a checksum against accidents. */
    UNSIGNED("unsigned"),
    /** Signed only with algorithms that are not supported, which counts as unsigned. */
    UNKNOWN_ALGORITHM("unknown-algorithm"),
    /** Signed by the zone's own key, which nothing confirms. */
    SELF_SIGNED("self-signed"),
    /** Signed by a key that a trust anchor confirms. */
    ANCHORED("anchored");

    private final String token;

    Authenticity(String token) {
      this.token = token;
    }

    /** Lower-case kebab name, stable over releases. */
    public String token() {
      return token;
    }
  }

  /**
   * The zone is what its publisher digested.
   *
   * @param hash the algorithm of the record that matched; the scheme is SIMPLE
   */
  record Verified(Facts zone, ZoneHash hash, Authenticity authenticity) implements ZoneResult {
    /** No component may be null. */
    public Verified {
      requireNonNull(zone, "zone");
      requireNonNull(hash, "hash");
      requireNonNull(authenticity, "authenticity");
    }

    @Override
    public String sentence() {
      return "zone %s serial %d: %d records match the ZONEMD record (simple, %s), %s"
          .formatted(zone.name(), zone.serial(), zone.records(), hash.token(), authenticated());
    }

    private String authenticated() {
      return switch (authenticity) {
        case UNSIGNED -> "which is not signed";
        case UNKNOWN_ALGORITHM ->
            "which counts as not signed, because no key has a supported algorithm (RFC 4035 5.2)";
        case SELF_SIGNED -> "which the zone's own key signed; no trust anchor confirms that key";
        case ANCHORED -> "which is signed up to the trust anchor";
      };
    }
  }

  /** Why a zone is not what its publisher digested. */
  enum Failure {
    /** The records are others than those that were digested. */
    DIGEST_MISMATCH("digest-mismatch"),
    /** The digest is that of another version of the zone. */
    SERIAL_MISMATCH("serial-mismatch"),
    /** DNSSEC does not confirm the SOA or ZONEMD record. */
    SIGNATURE_INVALID("signature-invalid"),
    /** There is no ZONEMD record, and no proof that there should be none. */
    ZONEMD_REMOVED("zonemd-removed");

    private final String token;

    Failure(String token) {
      this.token = token;
    }

    /** Lower-case kebab name, stable over releases. */
    public String token() {
      return token;
    }
  }

  /**
   * The zone is damaged.
   *
   * @param details what was found to be wrong in it, one sentence each; often nothing can be said
   */
  record Failed(Facts zone, Failure failure, String sentence, List<String> details)
      implements ZoneResult {
    /** Copies the list. */
    public Failed {
      requireNonNull(zone, "zone");
      requireNonNull(failure, "failure");
      requireNonNull(sentence, "sentence");
      details = List.copyOf(details);
    }
  }

  /** Why a zone cannot be judged. */
  enum Obstacle {
    /** There is no ZONEMD record; where the zone is signed, that is proven. */
    NO_ZONEMD("no-zonemd"),
    /** There are ZONEMD records, each of which a verifier has to ignore. */
    NO_USABLE_ZONEMD("no-usable-zonemd");

    private final String token;

    Obstacle(String token) {
      this.token = token;
    }

    /** Lower-case kebab name, stable over releases. */
    public String token() {
      return token;
    }
  }

  /** The zone may be right or wrong. */
  record NotVerifiable(Facts zone, Obstacle obstacle, String sentence) implements ZoneResult {
    /** No component may be null. */
    public NotVerifiable {
      requireNonNull(zone, "zone");
      requireNonNull(obstacle, "obstacle");
      requireNonNull(sentence, "sentence");
    }
  }
}
