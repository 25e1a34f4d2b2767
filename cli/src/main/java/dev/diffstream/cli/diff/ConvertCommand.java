package dev.diffstream.cli.diff;

import dev.diffstream.cli.diff.report.NamedDiff;
import dev.diffstream.cli.file.OutputFile;
import dev.diffstream.schemas.diff.format.Profile;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The same diff in the other profile. */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    description =
        "Writes the same diff in another profile: plain for a dozen lines of anybody's code, compact to store and serve.")
final class ConvertCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "FILE")
  private Path file = Path.of("");

  @Option(
      names = "--profile",
      required = true,
      paramLabel = "PROFILE",
      converter = OptionWord.OfProfile.class,
      description = "compact or plain.")
  private Profile profile = Profile.COMPACT;

  @Option(names = "--out", required = true, paramLabel = "FILE")
  private Path out = Path.of("");

  @Override
  public Integer call() {
    OutputFile.expectNoDirectory(out);
    NamedDiff written = NamedDiff.write(NamedDiff.read(file).diff(), profile, out);
    spec.commandLine().getOut().println("wrote " + out + ", " + written.bytes() + " bytes");
    spec.commandLine().getOut().println("sha256 " + written.digest());
    spec.commandLine().getOut().flush();
    return 0;
  }
}
