// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

/** What a container of its own, for a single case, does beside. */
enum Extra {
  /** Its file servlet sends {@code x.gz} in place of {@code x} to whom takes gzip. */
  PRECOMPRESSED_FILES,
  /** It compresses what has passed the filter, for whom takes gzip. */
  COMPRESSION
}
