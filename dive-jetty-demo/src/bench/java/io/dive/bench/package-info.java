// SPDX-License-Identifier: Apache-2.0
/**
 * The end-to-end benchmark: starts servers in processes of their own, drives them with foreign load
 * generators, and compares. Not part of any jar or test run.
 */
@NullMarked
package io.dive.bench;

import org.jspecify.annotations.NullMarked;
