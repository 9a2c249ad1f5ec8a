// SPDX-License-Identifier: Apache-2.0
/** The command line: arguments, printing, exit codes. What a command does is done elsewhere. */
@NullMarked
package io.dive.cli;

import org.jspecify.annotations.NullMarked;
