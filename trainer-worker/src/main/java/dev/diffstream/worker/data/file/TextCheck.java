package dev.diffstream.worker.data.file;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** Why the beginning of a file shows that its lines cannot be read at all. */
final class TextCheck {
  private static final int ENCODING_BYTES = 64;
  private static final byte[] TAR_MAGIC = "ustar".getBytes(StandardCharsets.US_ASCII);
  private static final int TAR_MAGIC_AT = 257;
  private static final String BYTE_ORDER_MARK = "\u00EF\u00BB\u00BF";

  private final byte[] head;
  private final boolean jsonLines;

  /**
   * @param head the first bytes of the unpacked text
   */
  TextCheck(byte[] head, boolean jsonLines) {
    this.head = head;
    this.jsonLines = jsonLines;
  }

  /** What follows the file's name in the message; empty if nothing is wrong so far. */
  Optional<String> problem() {
    if (isTar()) {
      return Optional.of("is a tar archive, expected text in UTF-8, plain or gzip");
    }
    if (hasZeros()) {
      return Optional.of(
          "is not text in UTF-8: its first bytes hold zeros, as UTF-16 without a byte order mark"
              + " has them; save it as UTF-8");
    }
    // one char a byte: only ASCII is looked for
    String text = new String(head, StandardCharsets.ISO_8859_1);
    if (endsLinesWithCarriageReturns(text)) {
      return Optional.of(
          "ends its lines with a carriage return (CR, U+000D) alone; save it with LF or CRLF as"
              + " line ends");
    }
    return jsonLines ? jsonProblem(text) : Optional.empty();
  }

  private boolean isTar() {
    return head.length >= TAR_MAGIC_AT + TAR_MAGIC.length
        && Arrays.equals(
            head, TAR_MAGIC_AT, TAR_MAGIC_AT + TAR_MAGIC.length, TAR_MAGIC, 0, TAR_MAGIC.length);
  }

  /** At least a quarter of the first bytes: one zero alone is reported with its record. */
  private boolean hasZeros() {
    int looked = Math.min(head.length, ENCODING_BYTES);
    int zeros = 0;
    for (int i = 0; i < looked; i++) {
      zeros += head[i] == 0 ? 1 : 0;
    }
    return zeros > 0 && 4 * zeros >= looked;
  }

  private static boolean endsLinesWithCarriageReturns(String text) {
    String lines = text.stripTrailing();
    return lines.indexOf('\r') >= 0 && lines.indexOf('\n') < 0;
  }

  private static Optional<String> jsonProblem(String text) {
    String begin =
        (text.startsWith(BYTE_ORDER_MARK) ? text.substring(BYTE_ORDER_MARK.length()) : text)
            .stripLeading();
    if (begin.startsWith("[")) {
      return Optional.of("is a JSON array; JSON Lines is expected: one object a line, no brackets");
    }
    if (begin.lines().findFirst().orElse("").strip().equals("{")) {
      return Optional.of(
          "holds a JSON object over several lines; JSON Lines is expected: one object a line");
    }
    return Optional.empty();
  }
}
