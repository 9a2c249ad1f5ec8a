// SPDX-License-Identifier: Apache-2.0
/**
 * One suite of cases that the filter passes in every servlet container, judged by the bytes on a
 * socket. The build runs it once per container, each with a class path of its own; the last run
 * compares the results with {@code docs/conformance.md}.
 */
@NullMarked
package io.dive.conformance;

import org.jspecify.annotations.NullMarked;
