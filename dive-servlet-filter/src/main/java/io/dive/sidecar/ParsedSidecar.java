// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

/** What reading a sidecar gives: a {@link Sidecar}, or the reason why not. */
public sealed interface ParsedSidecar permits Sidecar, Unusable {}
