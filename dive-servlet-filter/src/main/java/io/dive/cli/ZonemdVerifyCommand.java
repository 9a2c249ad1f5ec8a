// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.dns.Deadline;
import io.dive.protocol.DiveException;
import io.dive.zonemd.Zone;
import io.dive.zonemd.ZoneResult;
import io.dive.zonemd.ZoneSource;
import io.dive.zonemd.ZoneVerifier;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Verifies a zone. */
@Command(
    name = "verify",
    description = {
      "Verifies a zone by its ZONEMD record, and by DNSSEC where it is signed.",
      "Without --trust-anchor and --dns nothing says that a zone has to be signed, or by whom: one"
          + " whose signatures were stripped, or that another key signed, is told from the right one"
          + " only by the words unsigned and self-signed.",
      "With a file and a transfer the transferred zone is verified, and if it is damaged the first"
          + " records are shown that the file has otherwise."
    },
    mixinStandardHelpOptions = true,
    versionProvider = DiveCommand.Version.class)
final class ZonemdVerifyCommand implements Callable<Integer> {
  @Mixin private ZoneOptions source = new ZoneOptions();

  @Mixin private ZoneAnchorOptions anchor = new ZoneAnchorOptions();

  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws DiveException {
    Clock clock = Clock.systemUTC();
    ZoneAnchorOptions.Judges judges = anchor.judges(clock);
    Optional<ZoneSource> file = source.file();
    Optional<ZoneSource> transfer = source.transfer(clock);
    Deadline deadline = source.deadline();
    Zone zone = transfer.or(() -> file).orElseThrow(ZoneOptions::noSource).read(deadline);
    ZoneAnchorOptions.Judge judge = judges.of(zone.name(), deadline);
    ZoneResult result = judge.verifier().verify(zone, deadline);
    String sentence =
        result.sentence() + (result instanceof ZoneResult.Verified ? judge.proof() : "");
    List<String> details = new ArrayList<>();
    if (result instanceof ZoneResult.Failed failed) {
      details.addAll(failed.details());
      if (file.isPresent() && transfer.isPresent()) {
        details.addAll(ZoneVerifier.differences(zone, file.orElseThrow().read(deadline)));
      }
    }
    output.print(object(zone, result, sentence, details), text(result, sentence, details));
    return result instanceof ZoneResult.Verified
        ? CommandLine.ExitCode.OK
        : CommandLine.ExitCode.SOFTWARE;
  }

  private static String text(ZoneResult result, String sentence, List<String> details) {
    StringBuilder text = new StringBuilder(word(result)).append(": ").append(sentence);
    details.forEach(detail -> text.append("\n  ").append(detail));
    return text.toString();
  }

  private static String word(ZoneResult result) {
    if (result instanceof ZoneResult.Verified) {
      return "verified";
    }
    return result instanceof ZoneResult.Failed ? "failed" : "not verifiable";
  }

  private static Map<String, Object> object(
      Zone zone, ZoneResult result, String sentence, List<String> details) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("result", word(result).replace(' ', '-'));
    object.put("source", result.zone().source());
    object.put("zone", result.zone().name());
    object.put("serial", result.zone().serial());
    object.put("records", result.zone().records());
    object.put("octets-per-record", zone.octetsPerRecord());
    if (result instanceof ZoneResult.Verified verified) {
      object.put("hash", verified.hash().token());
      object.put("authenticity", verified.authenticity().token());
    } else if (result instanceof ZoneResult.Failed failed) {
      object.put("reason", failed.failure().token());
      object.put("details", details);
    } else if (result instanceof ZoneResult.NotVerifiable notVerifiable) {
      object.put("reason", notVerifiable.obstacle().token());
    }
    object.put("sentence", sentence);
    return object;
  }
}
