package dev.diffstream.worker.data;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a file holds its records. CSV is RFC 4180, TSV has no quoting; both begin with a header. */
enum DataFormat {
  JSONL(".jsonl", ".ndjson", ".json"),
  CSV(".csv"),
  TSV(".tsv");

  private static final String GZIP_SUFFIX = ".gz";

  private final List<String> suffixes;

  DataFormat(String... suffixes) {
    this.suffixes = List.of(suffixes);
  }

  /** The named format, or the one that the key's suffix names, in upper or lower case. */
  static DataFormat of(@Nullable String name, String key) {
    if (name != null) {
      return valueOf(name.toUpperCase(Locale.ROOT));
    }
    String lower = key.toLowerCase(Locale.ROOT);
    String plain =
        lower.endsWith(GZIP_SUFFIX)
            ? lower.substring(0, lower.length() - GZIP_SUFFIX.length())
            : lower;
    for (DataFormat format : values()) {
      if (format.suffixes.stream().anyMatch(plain::endsWith)) {
        return format;
      }
    }
    throw new DiffstreamException(
        ErrorCode.INVALID_EVENT,
        QuotedText.cut(key)
            + " ends in none of .jsonl, .ndjson, .json, .csv, .tsv (or these with .gz), and the"
            + " event does not say what it is; set data.format to jsonl, csv or tsv (submit"
            + " --format)");
  }
}
