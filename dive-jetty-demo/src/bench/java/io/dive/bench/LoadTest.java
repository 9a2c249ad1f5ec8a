// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What the load generators print is read as they mean it. */
final class LoadTest {
  private static final String WRK =
      """
      Running 2s test @ http://127.0.0.1:40001/1k.bin
        1 threads and 16 connections
        59630 requests in 2.10s, 68.24MB read
      Requests/sec:  28395.36
      Transfer/sec:     32.50MB
      """;
  private static final String H2LOAD =
      """
      finished in 1.50s, 14092.00 req/s, 16.02MB/s
      requests: 21138 total, 21154 started, 21138 done, %s succeeded, %s failed, 0 errored, 0 timeout
      status codes: 21138 2xx, 0 3xx, %s 4xx, 0 5xx
      traffic: 24.03MB (25201234) total, 1.01MB (1059000) headers (space savings 92.70%%), 20.64MB (21645312) data
      """;

  @Test
  void ofWrk_report_numbers() throws IOException {
    Load load = Load.ofWrk(WRK);
    assertEquals(new Load(59_630, 68.24 * 1024 * 1024, 2.1), load);
    assertEquals(59_630 / 2.1, load.requestsPerSecond());
  }

  @Test
  void ofWrk_errors_refused() {
    assertThrows(IOException.class, () -> Load.ofWrk(WRK + "  Non-2xx or 3xx responses: 59630\n"));
    assertThrows(
        IOException.class,
        () -> Load.ofWrk(WRK + "  Socket errors: connect 0, read 3, write 0, timeout 0\n"));
  }

  @Test
  void ofH2load_report_numbers() throws IOException {
    assertEquals(new Load(21_138, 25_201_234, 1.5), Load.ofH2load(H2LOAD.formatted(21_138, 0, 0)));
  }

  @Test
  void ofH2load_failuresOrOtherStatus_refused() {
    assertThrows(IOException.class, () -> Load.ofH2load(H2LOAD.formatted(21_137, 1, 0)));
    assertThrows(IOException.class, () -> Load.ofH2load(H2LOAD.formatted(21_138, 0, 21_138)));
  }

  @Test
  void anythingElse_refused() {
    assertThrows(IOException.class, () -> Load.ofWrk("unable to connect to 127.0.0.1"));
    assertThrows(IOException.class, () -> Load.ofH2load(""));
    assertThrows(IOException.class, () -> Load.ofWrk("0 requests in 2.00s, 0.00B read\n"));
  }
}
