// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where the bytes of a body go while nobody knows yet whether they may be used. */
@FunctionalInterface
interface BodySink {
  /** For a body that is judged only. */
  BodySink NONE = bytes -> {};

  /** Takes the remaining bytes. */
  void write(ByteBuffer bytes) throws IOException;
}
