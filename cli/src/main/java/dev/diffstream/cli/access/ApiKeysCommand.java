package dev.diffstream.cli.access;

import picocli.CommandLine.Command;

/** API keys, as objects in the bucket. */
@Command(
    name = "api-keys",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description =
        "Makes, lists and revokes API keys, with which services are asked where DIFFSTREAM_ACCESS_KEYS is set.",
    subcommands = {CreateCommand.class, ListCommand.class, RevokeCommand.class})
public final class ApiKeysCommand {}
