// SPDX-License-Identifier: Apache-2.0
/**
 * The client's algorithm of both drafts, one class per step, and an HTTP client that follows it.
 */
@NullMarked
package io.dive.verify;

import org.jspecify.annotations.NullMarked;
