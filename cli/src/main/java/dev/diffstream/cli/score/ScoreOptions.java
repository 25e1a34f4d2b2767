package dev.diffstream.cli.score;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is read of a file, how it is asked, and where the answers go. */
public final class ScoreOptions {
  /** How rows stand in a file. */
  enum Format {
    JSONL,
    CSV,
    TSV
  }

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Default: the name of FILE with .scored before its last extension.")
  @Nullable Path out;

  @Option(
      names = "--format",
      description = "${COMPLETION-CANDIDATES}. Default: what the file's extension says.")
  @Nullable Format format;

  @Option(
      names = "--text",
      paramLabel = "NAME",
      description = "Column or field of the text. Default: ${DEFAULT-VALUE}")
  String text = "text";

  @Option(
      names = "--pair",
      paramLabel = "NAME",
      description = "Column or field of the second text, for tasks over sentence pairs.")
  @Nullable String pair;

  @Option(
      names = "--field",
      paramLabel = "NAME",
      description =
          "Name of the answer: a field of each object, or how the new columns begin. Default: ${DEFAULT-VALUE}")
  String field = "prediction";

  @Option(
      names = "--top-k",
      paramLabel = "N",
      description = "So many labels with their probabilities for each row.")
  @Nullable Integer topK;

  @Option(
      names = "--on-long-text",
      paramLabel = "cut|refuse",
      description = "What becomes of texts that the task does not read to their end. Default: cut")
  @Nullable String onLongText;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Rows in a request. Default: ${DEFAULT-VALUE}")
  int batch = 64;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      description = "Requests at once. Default: ${DEFAULT-VALUE}")
  int parallel = 4;

  @Option(
      names = "--patience",
      paramLabel = "SECONDS",
      description =
          "How long a gateway that is overloaded, loading or away is asked again. Default: ${DEFAULT-VALUE}")
  int patience = 300;

  /** Further fields of each request. */
  Map<String, Object> request() {
    Map<String, Object> fields = new TreeMap<>();
    if (topK != null) {
      fields.put("top_k", topK);
    }
    if (onLongText != null) {
      fields.put("onLongText", onLongText);
    }
    return fields;
  }

  Format format(String extension) {
    if (format != null) {
      return format;
    }
    return switch (extension) {
      case "jsonl", "ndjson", "json" -> Format.JSONL;
      case "csv" -> Format.CSV;
      case "tsv" -> Format.TSV;
      default ->
          throw new DiffstreamException(
              ErrorCode.INVALID_REQUEST,
              "expected a file .jsonl, .csv or .tsv, got ."
                  + extension
                  + "; say which with --format");
    };
  }

  RowFormat<?> rows(Format of) {
    return switch (of) {
      case JSONL -> new JsonLines(text, pair, field);
      case CSV -> new CsvTable(',', text, pair, field);
      case TSV -> new CsvTable('\t', text, pair, field);
    };
  }

  void check() {
    if (batch < 1 || parallel < 1 || patience < 0) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "expected --batch and --parallel of at least 1 and --patience of at least 0");
    }
  }

  /** What decides the bytes of the output beside input and task. */
  String content(Format of) {
    return String.join(
        " ", of.name(), "text=" + text, "pair=" + pair, "field=" + field, "" + request());
  }
}
