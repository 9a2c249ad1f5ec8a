// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.zonemd.GeneratedZonemd;
import io.dive.zonemd.ZoneHash;
import io.dive.zonemd.ZoneSource;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes ZONEMD records. */
@Command(
    name = "generate",
    description = {
      "Prints an unsigned zone with ZONEMD records instead of those it has.",
      "Of a signed zone it prints the records alone: whoever has the key has to sign them."
    },
    mixinStandardHelpOptions = true,
    versionProvider = DiveCommand.Version.class)
final class ZonemdGenerateCommand implements Callable<Integer> {
  @Mixin private ZoneOptions source = new ZoneOptions();

  @Option(
      names = "--hash",
      paramLabel = "sha384|sha512",
      description = "Hash algorithm; may be given repeatedly (default: sha384).")
  private List<String> hashes = new ArrayList<>();

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description =
          "Write the zone there instead of to the standard output; replaces the file as a whole.")
  private @Nullable Path outputFile;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws DiveException, IOException {
    Set<ZoneHash> chosen = chosen();
    Clock clock = Clock.systemUTC();
    Optional<ZoneSource> file = source.file();
    Optional<ZoneSource> transfer = source.transfer(clock);
    if (file.isPresent() && transfer.isPresent()) {
      throw new ConfigException(
          ErrorCode.SETTINGS_CONTRADICT, "FILE", "give either a zone file or --axfr, not both");
    }
    GeneratedZonemd generated =
        GeneratedZonemd.of(
            transfer.or(() -> file).orElseThrow(ZoneOptions::noSource).read(source.deadline()),
            chosen);
    remark(generated.state());
    if (outputFile != null && generated.state() != GeneratedZonemd.State.COMPLETE) {
      throw new ConfigException(
          ErrorCode.SETTINGS_CONTRADICT,
          "--output",
          "--output takes a whole zone, and of a signed zone there are only the records to be"
              + " signed; leave it out to have them printed. Nothing was written.");
    }
    if (outputFile != null) {
      write(generated, outputFile);
    } else if (!output.isJson()) {
      generated.write(output.writer());
      return CommandLine.ExitCode.OK;
    }
    output.print(object(generated), "wrote " + outputFile);
    return CommandLine.ExitCode.OK;
  }

  private static void write(GeneratedZonemd generated, Path file) throws IOException {
    try {
      generated.write(file);
    } catch (FileSystemException e) {
      throw Failures.unwritable(file, e);
    }
  }

  private Set<ZoneHash> chosen() throws ConfigException {
    Set<ZoneHash> chosen = EnumSet.noneOf(ZoneHash.class);
    for (String hash : hashes) {
      chosen.add(
          ZoneHash.fromToken(hash)
              .orElseThrow(
                  () ->
                      new ConfigException(
                          ErrorCode.SETTING_INVALID,
                          "--hash",
                          "--hash is sha384 or sha512, not \"" + Excerpt.of(hash) + "\"")));
    }
    return chosen.isEmpty() ? EnumSet.of(ZoneHash.SHA_384) : chosen;
  }

  private void remark(GeneratedZonemd.State state) {
    if (output.isJson()) {
      return;
    }
    switch (state) {
      case COMPLETE -> {}
      case TO_BE_SIGNED ->
          output.warn(
              "the zone is signed: put these records in the place of its ZONEMD records and sign"
                  + " that RRset again, nothing else");
      case PLACEHOLDER ->
          output.warn(
              "the zone was signed without a ZONEMD record, so these are placeholders: add them to"
                  + " the unsigned zone, sign it, and run this again on the signed zone (or let"
                  + " `ldns-signzone -z 1:1` do all of it)");
    }
  }

  private Map<String, Object> object(GeneratedZonemd generated) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("state", generated.state().token());
    object.put("zone", generated.zone().name());
    object.put("serial", generated.zone().serial());
    object.put("records", generated.zone().records());
    object.put("zonemd", generated.records());
    if (outputFile != null) {
      object.put("output", outputFile.toString());
    }
    return object;
  }
}
