// SPDX-License-Identifier: Apache-2.0
/**
 * Rotation and revocation of keys: steps that are checked, remembered, and repeated until done
 * (draft-callec-dive-01 §Key Rotation, §Response to Key Compromise).
 */
@NullMarked
package io.dive.rotation;

import org.jspecify.annotations.NullMarked;
