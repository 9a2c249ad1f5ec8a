// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

/** Why DIVE says nothing about a response. */
public enum NotCoveredCause {
  /** The URL names an IP address, which has no place in DNS for a policy. */
  HOST_IS_ADDRESS("host-is-address"),
  /** No policy record from the host up to the last label. */
  NO_POLICY("no-policy"),
  /** A policy record that is malformed, ambiguous or of an unknown revision (decision 24). */
  NOT_SUPPORTED("not-supported"),
  /** A policy record that DNSSEC does not vouch for (decision 34). */
  INSECURE("insecure"),
  /** The policy declares no scope. */
  NO_SCOPES("no-scopes"),
  /** The policy declares only scopes that are unknown here (decision 31). */
  CUSTOM_SCOPE_ONLY("custom-scope-only"),
  /** Not a body received with status 200: another status, or a method without a body. */
  NOT_A_RESOURCE("not-a-resource");

  private final String token;

  NotCoveredCause(String token) {
    this.token = token;
  }

  /** Lower-case kebab name, stable over releases. */
  public String token() {
    return token;
  }
}
