// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import picocli.CommandLine.Command;

/** Leads to the commands on zone digests. */
@Command(
    name = "zonemd",
    description = "Makes and verifies the digest of a whole zone (ZONEMD, RFC 8976).",
    subcommands = {ZonemdVerifyCommand.class, ZonemdGenerateCommand.class},
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = DiveCommand.Version.class)
final class ZonemdCommand {}
