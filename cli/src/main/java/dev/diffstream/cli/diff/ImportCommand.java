package dev.diffstream.cli.diff;

import dev.diffstream.base.Base;
import dev.diffstream.cli.diff.report.NamedDiff;
import dev.diffstream.cli.exchange.CheckpointImport;
import dev.diffstream.cli.exchange.DiffOnBase;
import dev.diffstream.cli.exchange.Imported;
import dev.diffstream.cli.exchange.PlainTensors;
import dev.diffstream.cli.exchange.ShiraImport;
import dev.diffstream.cli.exchange.TaskDescription;
import dev.diffstream.cli.file.OutputFile;
import dev.diffstream.schemas.diff.arithmetic.RoundedDiff;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.json.Json;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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

/** Makes a diff file of another form. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a diff file of a PEFT SHiRA adapter, of plain safetensors, or of the largest changes of a fine-tuned checkpoint. Probes are computed on the base.",
      "What the source does not say of the task must be given by options; options go before what it says.",
      "The base is minilm unless --base names another."
    })
final class ImportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private BaseOption base = new BaseOption();
  @Mixin private PrecisionOption precision = new PrecisionOption();

  @Parameters(paramLabel = "PATH", description = "A directory; for safetensors a file.")
  private Path source = Path.of("");

  @Option(
      names = "--format",
      required = true,
      paramLabel = "FORMAT",
      converter = ExchangeFormat.Converter.class,
      description = "peft-shira, safetensors or huggingface.")
  private ExchangeFormat format = ExchangeFormat.SAFETENSORS;

  @Option(names = "--out", required = true, paramLabel = "FILE")
  private Path out = Path.of("");

  @Option(
      names = "--density",
      paramLabel = "SHARE",
      description = "huggingface: share of the base's parameters that is kept.")
  private @Nullable Double density;

  @Option(
      names = "--head",
      paramLabel = "FILE",
      description = "Safetensors with diffstream.head.weight and diffstream.head.bias.")
  private @Nullable Path head;

  @Option(names = "--task", paramLabel = "TASK", description = "Task id.")
  private @Nullable String task;

  @Option(names = "--objective", paramLabel = "OBJECTIVE", description = "What the task learns.")
  private @Nullable String objective;

  @Option(
      names = "--labels",
      split = ",",
      paramLabel = "LABEL",
      description = "The head's outputs, in order.")
  private @Nullable List<String> labels;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "Texts are cut to so many tokens.")
  private @Nullable Integer maxTokens;

  @Option(
      names = "--pair-encoding",
      paramLabel = "separate|joint",
      description = "How the two texts of a pair are read (default: as the source says, separate).")
  private @Nullable String pairEncoding;

  @Option(
      names = "--data-digest",
      paramLabel = "SHA256",
      description = "SHA-256 of the data that it was learned from, 64 hex digits.")
  private @Nullable String dataDigest;

  @Override
  public Integer call() {
    OutputFile.expectNoDirectory(out);
    if (format == ExchangeFormat.HUGGINGFACE) {
      density();
    }
    try (Base loaded = base.loadOrMiniLm()) {
      Imported read = read(loaded);
      Imported imported = head == null ? read : read.withHead(head);
      ValuePrecision stored = precision.of(imported.facts().precision().stream().toList());
      RoundedDiff rounded = new TaskDescription(imported, told()).diff(imported, loaded, stored);
      Diff diff = rounded.diff();
      Diff probed = new DiffOnBase(loaded, NamedDiff.stored(diff)).withProbes();
      NamedDiff written = NamedDiff.write(probed, out);
      PrintWriter print = spec.commandLine().getOut();
      print.println("wrote " + out + ", " + written.bytes() + " bytes");
      print.println("sha256 " + written.digest());
      print.println(
          diff.nonzeros() + " changed values in " + diff.tensors().size() + " parameters");
      precision.printTooSmall(rounded, print);
      print.flush();
      return 0;
    }
  }

  private Imported read(Base loaded) {
    return switch (format) {
      case SAFETENSORS -> PlainTensors.read(loaded, source);
      case PEFT_SHIRA -> ShiraImport.read(loaded, source);
      case HUGGINGFACE -> CheckpointImport.read(loaded, source, density());
    };
  }

  private double density() {
    if (density == null || !(density > 0 && density <= 1)) {
      throw new ParameterException(
          spec.commandLine(),
          "--density of huggingface: expected a share above 0 and at most 1, got "
              + (density == null ? "none" : density));
    }
    return density;
  }

  private Map<String, String> told() {
    Map<String, String> told = new TreeMap<>();
    put(told, "task.id", task);
    put(told, "task.objective", objective);
    put(told, "task.labels", labels == null ? null : Json.writeText(labels));
    put(told, "tokenizer.maxTokens", maxTokens);
    put(told, "pair.encoding", pairEncoding);
    put(told, "data.digest", dataDigest);
    return told;
  }

  private static void put(Map<String, String> told, String key, @Nullable Object value) {
    if (value != null) {
      told.put(key, value.toString());
    }
  }
}
