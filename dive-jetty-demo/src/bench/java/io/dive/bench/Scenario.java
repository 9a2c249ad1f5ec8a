// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/** Something to measure; it starts what it needs and leaves nothing behind. */
interface Scenario {
  /** The rows it gives, in their order. */
  List<Row.Heading> headings();

  /** Programs without which it cannot be measured. */
  Set<Program> programs();

  /**
   * Measures.
   *
   * @return one row for each heading
   * @throws IOException if a server does not do what is measured, or something takes too long
   */
  List<Row> measure(Workbench workbench) throws IOException, InterruptedException;
}
