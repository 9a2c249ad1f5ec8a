// SPDX-License-Identifier: Apache-2.0
/** TXT look-ups with their DNSSEC status, and on top of them the look-up of policies and keys. */
@NullMarked
package io.dive.dns;

import org.jspecify.annotations.NullMarked;
