// SPDX-License-Identifier: Apache-2.0
/** What tests of several packages share, and the tests of the whole. */
@NullMarked
package io.dive;

import org.jspecify.annotations.NullMarked;
