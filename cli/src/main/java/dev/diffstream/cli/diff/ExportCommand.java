package dev.diffstream.cli.diff;

import dev.diffstream.base.Base;
import dev.diffstream.cli.diff.report.NamedDiff;
import dev.diffstream.cli.exchange.HuggingFaceExport;
import dev.diffstream.cli.exchange.PlainTensors;
import dev.diffstream.cli.exchange.ShiraExport;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a diff in another form. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description = {
      "Writes a diff as a PEFT SHiRA adapter, as plain safetensors, or, together with its base, as a checkpoint in Hugging Face layout.",
      "The base is minilm unless --base names another."
    })
final class ExportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private BaseOption base = new BaseOption();

  @Parameters(paramLabel = "FILE")
  private Path file = Path.of("");

  @Option(
      names = "--format",
      required = true,
      paramLabel = "FORMAT",
      converter = ExchangeFormat.Converter.class,
      description = "peft-shira, safetensors or huggingface.")
  private ExchangeFormat format = ExchangeFormat.SAFETENSORS;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "PATH",
      description = "A directory; for safetensors a file.")
  private Path out = Path.of("");

  @Option(
      names = "--others",
      defaultValue = "refuse",
      paramLabel = "refuse|whole|leave-out",
      converter = OptionWord.OfOthers.class,
      description =
          "peft-shira: what becomes of changed biases and embeddings, which it cannot carry sparsely (default: ${DEFAULT-VALUE}).")
  private ShiraExport.Others others = ShiraExport.Others.REFUSE;

  @Option(
      names = "--base-model",
      paramLabel = "NAME",
      description = "peft-shira: base_model_name_or_path (default: the base's name).")
  private @Nullable String baseModel;

  @Override
  public Integer call() {
    NamedDiff read = NamedDiff.read(file);
    PrintWriter print = spec.commandLine().getOut();
    if (format == ExchangeFormat.SAFETENSORS) {
      PlainTensors.write(read.diff(), read.facts(), out);
      print.println("wrote " + out);
    } else {
      try (Base loaded = base.loadOrMiniLm()) {
        print.println("wrote " + out + ": " + write(read, loaded));
      }
    }
    print.flush();
    return 0;
  }

  private String write(NamedDiff read, Base loaded) {
    if (!loaded.readsText()) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "%s: expected an encoder in Hugging Face layout, got base %s, a TorchScript module"
              .formatted(format, loaded.name()));
    }
    return format == ExchangeFormat.PEFT_SHIRA
        ? new ShiraExport(
                loaded, read.diff(), others, baseModel == null ? loaded.name() : baseModel)
            .write(read.facts(), out)
        : new HuggingFaceExport(loaded, base.files(), read.diff()).write(read.facts(), out);
  }
}
