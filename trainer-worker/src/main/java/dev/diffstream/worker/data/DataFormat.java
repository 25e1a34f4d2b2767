package dev.diffstream.worker.data;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a file holds its records. CSV is RFC 4180, TSV has no quoting; both begin with a header. */
enum DataFormat {
  JSONL,
  CSV,
  TSV;

  /** The named format, or the one that the key's suffix names. */
  static DataFormat of(@Nullable String name, String key) {
    if (name != null) {
      return valueOf(name.toUpperCase(Locale.ROOT));
    }
    String plain = isGzip(key) ? key.substring(0, key.length() - 3) : key;
    for (DataFormat format : values()) {
      if (plain.toLowerCase(Locale.ROOT).endsWith("." + format.name().toLowerCase(Locale.ROOT))) {
        return format;
      }
    }
    throw new DiffstreamException(
        ErrorCode.INVALID_EVENT,
        "data.format is absent and "
            + key
            + " ends in none of .jsonl, .csv, .tsv (or these with .gz)");
  }

  static boolean isGzip(String key) {
    return key.toLowerCase(Locale.ROOT).endsWith(".gz");
  }
}
