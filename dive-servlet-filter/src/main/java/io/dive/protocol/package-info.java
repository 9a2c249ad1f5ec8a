// SPDX-License-Identifier: Apache-2.0
/** Names and values of the DIVE drafts, RFC 9421 and RFC 9530, and their codecs. No I/O. */
@NullMarked
package io.dive.protocol;

import org.jspecify.annotations.NullMarked;
