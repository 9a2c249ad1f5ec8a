// SPDX-License-Identifier: Apache-2.0
/**
 * Digests over whole zones (RFC 8976): zones are read from files and transfers, their ZONEMD
 * records computed and verified, with proof by DNSSEC where the zone is signed.
 */
@NullMarked
package io.dive.zonemd;

import org.jspecify.annotations.NullMarked;
