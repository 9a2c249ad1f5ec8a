// SPDX-License-Identifier: Apache-2.0
/** What the sandbox serves: sample downloads, bytes made on the fly, the status page. */
@NullMarked
package io.dive.demo.site;

import org.jspecify.annotations.NullMarked;
