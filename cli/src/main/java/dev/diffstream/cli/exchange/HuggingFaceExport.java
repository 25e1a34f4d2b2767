package dev.diffstream.cli.exchange;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.format.BaseSource;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Base and diff as one checkpoint in Hugging Face layout: theta0 + v in fp32. Loaded as a base it
 * has the overlaid parameters bit for bit.
 */
public final class HuggingFaceExport {
  private static final List<String> COPIED =
      List.of(
          "tokenizer_config.json",
          "special_tokens_map.json",
          "vocab.txt",
          "vocab.json",
          "merges.txt",
          "sentencepiece.bpe.model");

  private final Base base;
  private final BaseSource files;
  private final Diff diff;

  /**
   * @param files where configuration and tokeniser of the base lie
   */
  public HuggingFaceExport(Base base, BaseSource files, Diff diff) {
    this.base = base;
    this.files = files;
    this.diff = diff;
  }

  /**
   * Writes {@code config.json}, {@code model.safetensors}, the tokeniser's files, the head and the
   * facts.
   *
   * @return what became of the head, for a person
   * @throws DiffstreamException BASE_MISMATCH if the diff is of another base; BASE_UNKNOWN if the
   *     base's files cannot be read
   */
  public String write(TaskFacts facts, Path directory) {
    DiffOnBase overlaid = new DiffOnBase(base, diff);
    ObjectNode config = (ObjectNode) Json.parse(required("config.json"), "config.json");
    addModelType(config);
    CheckpointHead head = CheckpointHead.of(base.architecture(), diff);
    TensorFile out = new TensorFile().with(Map.of("format", "pt"));
    head.addTo(out);
    overlaid.overlaid(
        () -> {
          for (Parameter parameter : base.parameters()) {
            out.add(head.prefix() + parameter.name(), parameter.shape(), parameter.values());
          }
          out.write(directory.resolve("model.safetensors"));
          return directory;
        });
    head.describe(config, diff.metadata().labels());
    ExchangeJson.write(directory.resolve("config.json"), config);
    ExchangeJson.write(directory.resolve("tokenizer.json"), required("tokenizer.json"));
    for (String file : COPIED) {
      bytes(file).ifPresent(bytes -> ExchangeJson.write(directory.resolve(file), bytes));
    }
    HeadTensors.add(diff.head(), new TensorFile()).write(directory.resolve(HeadTensors.FILE));
    facts.writeBeside(directory);
    return head.isInside()
        ? "the head is part of the checkpoint, as " + config.path("architectures").path(0).asText()
        : "the head lies beside, in " + HeadTensors.FILE;
  }

  /** Older configurations name their model class alone. */
  private void addModelType(ObjectNode config) {
    if (!config.hasNonNull("model_type")) {
      String modelClass = config.path("architectures").path(0).asText();
      config.put(
          "model_type",
          modelClass.startsWith("XLMRoberta")
              ? "xlm-roberta"
              : base.architecture().family().toString());
    }
  }

  private byte[] required(String file) {
    return bytes(file)
        .orElseThrow(
            () ->
                new DiffstreamException(
                    ErrorCode.BASE_UNKNOWN, "base " + files.name() + " has no " + file));
  }

  private Optional<byte[]> bytes(String file) {
    try (InputStream in = files.open(file).orElse(null)) {
      return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.BASE_UNKNOWN,
          "base %s has an unreadable %s: %s".formatted(files.name(), file, e.getMessage()),
          e);
    }
  }
}
