package dev.diffstream.cli.diff;

import dev.diffstream.cli.diff.report.HeatMapText;
import dev.diffstream.cli.diff.report.InspectPage;
import dev.diffstream.cli.diff.report.Inspection;
import dev.diffstream.cli.diff.report.NamedDiff;
import dev.diffstream.cli.file.JsonFile;
import dev.diffstream.cli.file.OutputFile;
import dev.diffstream.schemas.base.BaseDescriptor;
import dev.diffstream.schemas.diff.arithmetic.BaseAgreement;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What is in a diff file. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    description =
        "Shows metadata, densities, norms and a heat map of a diff file; with a base also whether it fits.")
final class InspectCommand implements Callable<Integer> {
  private static final String LINE = "%-52s %11s %9s %9s %9s %9s%n";

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private BaseOption base = new BaseOption();

  @Parameters(paramLabel = "FILE")
  private Path file = Path.of("");

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Write a page there; it needs no network.")
  private @Nullable Path html;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the figures there as one JSON object.")
  private @Nullable Path json;

  @Override
  public Integer call() {
    OutputFile.expectNoDirectory(json);
    OutputFile.expectNoDirectory(html);
    NamedDiff read = NamedDiff.read(file);
    Optional<BaseDescriptor> fitting = base.describe();
    fitting.ifPresent(descriptor -> BaseAgreement.check(read.diff(), descriptor));
    Inspection inspection = Inspection.of(read);
    print(inspection);
    if (json != null) {
      JsonFile.write(json, inspection);
    }
    if (html != null) {
      OutputFile.write(html, InspectPage.of(inspection));
    }
    return 0;
  }

  private void print(Inspection inspection) {
    PrintWriter out = spec.commandLine().getOut();
    out.println("sha256              " + inspection.digest());
    out.println("bytes               " + inspection.bytes());
    inspection.facts().forEach((key, value) -> out.printf("%-19s %s%n", key, value));
    out.println("head                " + inspection.head());
    out.println("probes              " + (inspection.probes() ? "recorded" : "none"));
    out.printf(
        Locale.ROOT,
        "density             %.4f %% of the base, L2 norm %.4g, greatest %.4g%n%n",
        100 * inspection.density(),
        inspection.total().l2(),
        inspection.total().max());
    out.printf(LINE, "parameter", "shape", "changed", "density", "L2", "greatest");
    for (Inspection.TensorLine line : inspection.tensors()) {
      out.printf(
          Locale.ROOT,
          LINE,
          line.title(),
          line.extent(),
          line.nonzeros(),
          String.format(Locale.ROOT, "%.3f %%", 100 * line.density()),
          String.format(Locale.ROOT, "%.3g", line.l2()),
          String.format(Locale.ROOT, "%.3g", line.max()));
    }
    out.println();
    HeatMapText.print(out, inspection.heatMap(), "density");
    out.flush();
  }
}
