// SPDX-License-Identifier: Apache-2.0
/** An authoritative name server with one DNSSEC-signed zone, for the sandbox. */
@NullMarked
package io.dive.demo.nameserver;

import org.jspecify.annotations.NullMarked;
