// SPDX-License-Identifier: Apache-2.0
/** Key files, signers and the verifier; the only code that sees a private key. */
@NullMarked
package io.dive.key;

import org.jspecify.annotations.NullMarked;
