// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands about a site of which every test has its own. */
@Timeout(300)
abstract class CommandSiteSuite {
  CommandSite site;

  @BeforeEach
  void start(@TempDir Path directory) throws Exception {
    site = new CommandSite(directory);
  }

  @AfterEach
  void stop() {
    site.close();
  }
}
