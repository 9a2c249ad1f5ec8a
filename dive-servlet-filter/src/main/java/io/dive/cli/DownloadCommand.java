// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.verify.Fetched;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Fetches into a file that appears only when it may be used. */
@Command(
    name = "download",
    description = {
      "Fetches a URL as a DIVE client into a file.",
      "Nothing is written unless the download is verified, or the policy is report-only."
    },
    mixinStandardHelpOptions = true,
    versionProvider = DiveCommand.Version.class)
final class DownloadCommand implements Callable<Integer> {
  @Mixin private FetchOptions fetch = new FetchOptions();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      required = true,
      description = "File to write; replaced in one step.")
  private @Nullable Path target;

  @Option(names = "--allow-not-covered", description = "Also write what no DIVE policy covers.")
  private boolean allowNotCovered;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws DiveException, IOException, InterruptedException {
    Path file = requireNonNull(target, "required");
    if (Files.isDirectory(file)) {
      throw new ConfigException(
          ErrorCode.SETTING_INVALID,
          "--output",
          "--output: " + file + " is a directory; name a file");
    }
    Fetched fetched = download(file);
    Map<String, @Nullable Object> json = FetchResult.json(fetched);
    json.put("written", fetched.written());
    output.print(
        json,
        FetchResult.text(fetched)
            + (fetched.written() ? "\nwritten to " + file : "\nnothing was written"));
    return fetched.written() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
  }

  private Fetched download(Path file) throws DiveException, IOException, InterruptedException {
    try {
      return fetch.client(allowNotCovered).download(fetch.url(), file);
    } catch (FileSystemException e) {
      throw Failures.unwritable(file, e);
    }
  }
}
