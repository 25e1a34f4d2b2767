package dev.diffstream.cli.diff;

import dev.diffstream.base.Base;
import dev.diffstream.cli.diff.report.NamedDiff;
import dev.diffstream.cli.exchange.DiffOnBase;
import dev.diffstream.cli.file.OutputFile;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.diff.arithmetic.DiffMerge;
import dev.diffstream.schemas.diff.arithmetic.DiffMerge.Parent;
import dev.diffstream.schemas.diff.arithmetic.MergeMethod;
import dev.diffstream.schemas.diff.arithmetic.RoundedDiff;
import dev.diffstream.schemas.diff.model.Diff;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes one diff of several. */
@Command(
    name = "merge",
    mixinStandardHelpOptions = true,
    description = {
      "Makes one diff of several of one base. The head is that of one of them; metrics are left out, and probes too unless --base recomputes them.",
      "The same files and options give the same bytes."
    })
final class MergeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private BaseOption base = new BaseOption();
  @Mixin private PrecisionOption precision = new PrecisionOption();

  @Parameters(paramLabel = "FILE", arity = "2..*")
  private List<Path> files = List.of();

  @Option(
      names = "--weights",
      split = ",",
      paramLabel = "WEIGHT",
      description = "One for each file (default: 1 each).")
  private List<Double> weights = List.of();

  @Option(
      names = "--method",
      defaultValue = "add",
      paramLabel = "METHOD",
      converter = OptionWord.OfMethod.class,
      description =
          "add: the weighted sum; overlap-aware: the weighted mean over those that change a position (default: ${DEFAULT-VALUE}).")
  private MergeMethod method = MergeMethod.ADD;

  @Option(
      names = "--head",
      paramLabel = "FILE",
      description = "Which of the files gives head, labels and objective (default: the first).")
  private @Nullable Path head;

  @Option(
      names = "--task",
      paramLabel = "TASK",
      description = "Task id of the result (default: that of the head's file).")
  private @Nullable String task;

  @Option(names = "--out", required = true, paramLabel = "FILE")
  private Path out = Path.of("");

  @Override
  public Integer call() {
    OutputFile.expectNoDirectory(out);
    expectUsableOptions();
    List<NamedDiff> read = files.stream().map(NamedDiff::read).toList();
    for (NamedDiff file : read) {
      file.against(read.getFirst()).check();
      file.against(read.getFirst()).checkInputs();
    }
    NamedDiff head = read.get(head());
    DiffMerge merge = new DiffMerge(parents(read), method, head());
    String id = task == null ? head.diff().metadata().taskId() : new TaskId(task).value();
    RoundedDiff merged =
        merge.diff(
            id,
            precision.of(read.stream().map(file -> file.diff().metadata().precision()).toList()));
    print(merge, head, merged, write(merged.diff()));
    return 0;
  }

  private void expectUsableOptions() {
    if (files.size() < 2) {
      throw new ParameterException(spec.commandLine(), "merge needs at least two files");
    }
    if (!weights.isEmpty() && weights.size() != files.size()) {
      throw new ParameterException(
          spec.commandLine(),
          "--weights: expected %d numbers, one for each file, got %d"
              .formatted(files.size(), weights.size()));
    }
  }

  private void print(DiffMerge merge, NamedDiff head, RoundedDiff merged, NamedDiff written) {
    PrintWriter print = spec.commandLine().getOut();
    print.println("wrote " + out + ", " + written.bytes() + " bytes");
    print.println("sha256 " + written.digest());
    print.printf(
        "%d changed values; head and labels of %s; probes %s%n",
        written.diff().nonzeros(),
        head.name(),
        written.diff().probes() == null ? "dropped: no gateway serves it" : "recomputed");
    precision.printTooSmall(merged, print);
    print.print(merge.recipe());
    print.flush();
  }

  private NamedDiff write(Diff merged) {
    Optional<Base> loaded = base.load();
    if (loaded.isEmpty()) {
      return NamedDiff.write(merged, out);
    }
    try (Base onto = loaded.get()) {
      return NamedDiff.write(new DiffOnBase(onto, NamedDiff.stored(merged)).withProbes(), out);
    }
  }

  private int head() {
    int index = head == null ? 0 : files.indexOf(head);
    if (index < 0) {
      throw new ParameterException(
          spec.commandLine(), "--head: expected one of the files, got " + head);
    }
    return index;
  }

  private List<Parent> parents(List<NamedDiff> read) {
    List<Parent> parents = new ArrayList<>();
    for (NamedDiff file : read) {
      double weight = weights.isEmpty() ? 1 : weights.get(parents.size());
      parents.add(new Parent(file.diff(), file.digest(), weight));
    }
    return parents;
  }
}
