package dev.diffstream.benchmarks;

import dev.diffstream.benchmarks.diff.DiffReport;
import dev.diffstream.benchmarks.diff.DiffReportText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Size and speed of diff files. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    description = {
      "Bytes of a diff by codec and precision against the entropy bound and PEFT SHiRA, and how fast it is read and written.",
      "FILES are diffs in any precision, fp32 for the truth about the others. `diffstream bench` learns two of the demo's tasks if none is named."
    })
final class DiffCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILES", arity = "1..*")
  private List<Path> files = List.of();

  @Option(names = "--json", paramLabel = "FILE", description = "Write the report there.")
  private @Nullable Path json;

  @Override
  public Integer call() throws IOException {
    ReportFile file = new ReportFile(json);
    file.expectWritable();
    DiffReport report = DiffReport.of(files);
    DiffReportText.print(System.out, report);
    file.write(report);
    return 0;
  }
}
