// SPDX-License-Identifier: Apache-2.0
/** Everything an operator can set: reading it, refusing contradictions, the reference table. */
@NullMarked
package io.dive.settings;

import org.jspecify.annotations.NullMarked;
