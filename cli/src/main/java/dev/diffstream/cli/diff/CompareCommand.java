package dev.diffstream.cli.diff;

import dev.diffstream.cli.diff.report.ComparisonReport;
import dev.diffstream.cli.diff.report.ComparisonText;
import dev.diffstream.cli.diff.report.NamedDiff;
import dev.diffstream.cli.file.JsonFile;
import dev.diffstream.cli.file.OutputFile;
import dev.diffstream.schemas.base.BaseDescriptor;
import dev.diffstream.schemas.diff.arithmetic.BaseAgreement;
import dev.diffstream.schemas.diff.arithmetic.DiffComparison;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What diffs of one base have in common. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description =
        "Shows how much diffs of one base overlap, against what chance would give, and how alike their values are. Two diffs: parameter by parameter; more: a matrix.")
final class CompareCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private BaseOption base = new BaseOption();

  @Parameters(paramLabel = "FILE", arity = "2..*")
  private List<Path> files = List.of();

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the figures there as one JSON object.")
  private @Nullable Path json;

  @Override
  public Integer call() {
    if (files.size() < 2) {
      throw new ParameterException(spec.commandLine(), "compare needs at least two files");
    }
    OutputFile.expectNoDirectory(json);
    List<NamedDiff> read = files.stream().map(NamedDiff::read).toList();
    read.forEach(file -> file.against(read.getFirst()).check());
    Optional<BaseDescriptor> fitting = base.describe();
    fitting.ifPresent(to -> read.forEach(file -> BaseAgreement.check(file.diff(), to)));
    Map<String, Long> sizes = new TreeMap<>();
    read.forEach(file -> sizes.putAll(file.sizes()));
    List<ComparisonReport.Pair> pairs = new ArrayList<>();
    for (int i = 0; i < read.size(); i++) {
      for (int j = i + 1; j < read.size(); j++) {
        DiffComparison comparison = DiffComparison.of(read.get(i).diff(), read.get(j).diff());
        pairs.add(ComparisonReport.Pair.of(i, j, comparison, sizes, read.size() == 2));
      }
    }
    ComparisonReport report = ComparisonReport.of(read, pairs);
    ComparisonText.print(spec.commandLine().getOut(), report);
    if (json != null) {
      JsonFile.write(json, report);
    }
    return 0;
  }
}
