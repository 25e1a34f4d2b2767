package dev.diffstream.cli.diff;

import picocli.CommandLine.Command;

/** What can be done with diff files; all but fetching them needs no service. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    description = "Fetches diff files, looks at them, compares, merges and exchanges them.",
    subcommands = {
      FetchCommand.class,
      InspectCommand.class,
      VerifyCommand.class,
      CompareCommand.class,
      MergeCommand.class,
      ConvertCommand.class,
      ExportCommand.class,
      ImportCommand.class
    })
public final class DiffCommand {}
