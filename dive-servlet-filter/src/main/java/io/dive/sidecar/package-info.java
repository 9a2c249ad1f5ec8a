// SPDX-License-Identifier: Apache-2.0
/**
 * Signatures that are known before the request: sidecars beside the files, the import of {@code
 * signatures.json}, the guard against files that changed since, and the signing of whole trees.
 */
@NullMarked
package io.dive.sidecar;

import org.jspecify.annotations.NullMarked;
