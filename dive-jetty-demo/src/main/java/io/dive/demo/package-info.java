// SPDX-License-Identifier: Apache-2.0
/** The sandbox: a download server with the DIVE filter and its own signed zone. */
@NullMarked
package io.dive.demo;

import org.jspecify.annotations.NullMarked;
