package dev.diffstream.worker.data;

import dev.diffstream.schemas.data.InvisibleCharacters;
import dev.diffstream.worker.data.RecordParser.BadRecord;
import java.util.Collections;
import java.util.List;

/** The first record of a CSV or TSV file: the names of its columns. */
final class Header {
  private final List<String> names;
  private final List<String> bareNames;

  /** A longer record is no header; most are told apart by this alone. */
  private final int maxLength;

  private Header(List<String> names) {
    this.names = names;
    this.bareNames = sortedBare(names);
    this.maxLength = names.stream().mapToInt(String::length).sum() + 4 * names.size() + 4;
  }

  /**
   * @param wanted names of the columns that are read; each must be there once
   */
  static Header of(List<String> fields, List<String> wanted) throws BadRecord {
    List<String> names = fields.stream().map(String::strip).toList();
    for (String column : wanted) {
      int count = Collections.frequency(names, column);
      if (count == 0) {
        throw new BadRecord(
            "the header has no column "
                + QuotedText.of(column)
                + "; it has "
                + QuotedText.list(names)
                + hint(names));
      }
      if (count > 1) {
        throw new BadRecord(
            "the header has "
                + count
                + " columns named "
                + QuotedText.of(column)
                + ", expected one; it has "
                + QuotedText.list(names));
      }
    }
    return new Header(names);
  }

  /** What the file may be instead; empty if there is no guess. */
  private static String hint(List<String> names) {
    String first = names.getFirst();
    if (first.startsWith("{") || first.startsWith("[")) {
      return "; this looks like JSON: say so by the suffix .jsonl or by data.format";
    }
    if (names.size() > 1) {
      return "";
    }
    if (first.contains(";")) {
      return "; the separator seems to be a semicolon, but CSV is read with commas";
    }
    if (first.contains("\t")) {
      return "; the separator seems to be a tab: name the file .tsv or say data.format: tsv";
    }
    return first.contains(",")
        ? "; the separator seems to be a comma: name the file .csv or say data.format: csv"
        : "";
  }

  String field(List<String> fields, String column) {
    return fields.get(names.indexOf(column));
  }

  List<String> names() {
    return names;
  }

  int size() {
    return names.size();
  }

  /** Whether {@code fields} are the names once more, as where files were joined. */
  boolean isRepeatedBy(List<String> fields) {
    int length = fields.stream().mapToInt(String::length).sum();
    return length <= maxLength && sortedBare(fields).equals(bareNames);
  }

  private static List<String> sortedBare(List<String> fields) {
    return fields.stream().map(Header::bare).sorted().toList();
  }

  /** Without quotes and a byte order mark, as the header of a joined file may have them. */
  private static String bare(String field) {
    StringBuilder bare = new StringBuilder();
    field
        .codePoints()
        .filter(c -> c != '"' && !InvisibleCharacters.isInvisible(c))
        .forEach(bare::appendCodePoint);
    return bare.toString();
  }
}
