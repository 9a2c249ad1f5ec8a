// SPDX-License-Identifier: Apache-2.0
/**
 * Does what is published agree with what is signed? The startup check and the canary check, both as
 * lists of findings with stable codes.
 */
@NullMarked
package io.dive.check;

import org.jspecify.annotations.NullMarked;
