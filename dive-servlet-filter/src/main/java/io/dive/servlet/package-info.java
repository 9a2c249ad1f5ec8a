// SPDX-License-Identifier: Apache-2.0
/** The servlet filter, its modes and its meters. */
@NullMarked
package io.dive.servlet;

import org.jspecify.annotations.NullMarked;
