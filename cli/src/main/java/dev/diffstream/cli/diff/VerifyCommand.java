package dev.diffstream.cli.diff;

import dev.diffstream.cli.diff.report.NamedDiff;
import dev.diffstream.cli.display.ForeignText;
import dev.diffstream.schemas.base.BaseDescriptor;
import dev.diffstream.schemas.diff.arithmetic.BaseAgreement;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Whether a file is a sound diff file. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = {
      "Reads a diff file strictly and prints its SHA-256, which names it in the object store. With a base, checks that it fits.",
      "Exit status 1 and an error code if anything is wrong."
    })
final class VerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private BaseOption base = new BaseOption();

  @Parameters(paramLabel = "FILE")
  private Path file = Path.of("");

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    NamedDiff read = NamedDiff.read(file);
    Diff diff = read.diff();
    DiffMetadata metadata = diff.metadata();
    out.println("sha256      " + read.digest());
    out.println("bytes       " + read.bytes());
    out.println(
        "task        " + ForeignText.line(metadata.taskId()) + ", " + metadata.objective().text());
    out.printf("tensors     %d, with %d changed values%n", diff.tensors().size(), diff.nonzeros());
    out.printf("head        %d x %d%n", diff.head().outputs(), diff.head().features());
    out.println(
        "probes      " + (diff.probes() == null ? "none: no gateway serves it" : "recorded"));
    Optional<BaseDescriptor> fitting = base.describe();
    if (fitting.isPresent()) {
      BaseAgreement.check(diff, fitting.get());
      out.println("base        " + fitting.get().digest() + ", fits " + fitting.get().name());
    } else {
      out.println("base        " + metadata.baseDigest() + ", not checked");
    }
    out.flush();
    return 0;
  }
}
