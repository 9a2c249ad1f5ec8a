// SPDX-License-Identifier: Apache-2.0
/** Streaming body digests, and the way from a digest to ready header fields. */
@NullMarked
package io.dive.sign;

import org.jspecify.annotations.NullMarked;
