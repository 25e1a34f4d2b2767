package dev.diffstream.cli.diff;

import picocli.CommandLine.Command;

/** What can be done with diff files, without any service. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    description = "Looks at diff files, compares, merges and exchanges them.",
    subcommands = {
      InspectCommand.class,
      VerifyCommand.class,
      CompareCommand.class,
      MergeCommand.class,
      ConvertCommand.class,
      ExportCommand.class,
      ImportCommand.class
    })
public final class DiffCommand {}
