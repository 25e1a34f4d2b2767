package dev.diffstream.worker.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of bytes into records: lines, or for CSV lines whose breaks inside double quotes do
 * not count. A record that is too long is counted and skipped, never held in memory; one that is
 * not UTF-8 is named with the offset of the bad byte.
 */
final class RecordSplitter {
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private final InputStream in;
  private final boolean quotes;
  private final int maxRecordBytes;
  private final byte[] buffer = new byte[1 << 16];
  private int bufferedBytes;
  private int at;
  private long line = 1;
  private boolean first = true;

  RecordSplitter(InputStream in, boolean quotes, int maxRecordBytes) {
    this.in = in;
    this.quotes = quotes;
    this.maxRecordBytes = maxRecordBytes;
  }

  /** The next record, or null at the end of the stream. Blank lines are skipped. */
  @Nullable RawRecord next() throws IOException {
    while (true) {
      long start = line;
      Cut cut = cut();
      if (cut == null) {
        return null;
      }
      if (cut.bytes > maxRecordBytes) {
        first = false;
        return new RawRecord(
            start,
            null,
            "longer than " + maxRecordBytes + " bytes: " + cut.bytes,
            Math.max(1, line - start));
      }
      if (cut.openQuote) {
        return new RawRecord(
            start, null, "a double quote is never closed", Math.max(1, line - start));
      }
      RawRecord record = decode(start, cut.kept.toByteArray(), Math.max(1, line - start));
      if (record.problem() != null || !String.valueOf(record.text()).isBlank()) {
        return record;
      }
    }
  }

  private static final class Cut {
    final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    long bytes;
    boolean openQuote;

    /** A double quote here opens: a field begins, or one has just been closed (RFC 4180). */
    boolean quoteOpens = true;
  }

  private @Nullable Cut cut() throws IOException {
    Cut cut = new Cut();
    boolean any = false;
    while (at < bufferedBytes || fill()) {
      any = true;
      int from = at;
      boolean ended = scan(cut);
      int length = at - from - (ended ? 1 : 0);
      if (cut.bytes <= maxRecordBytes) {
        cut.kept.write(buffer, from, (int) Math.min(length, maxRecordBytes - cut.bytes));
      }
      cut.bytes += length;
      if (ended) {
        cut.openQuote = false;
        return cut;
      }
    }
    return any ? cut : null;
  }

  /** Moves behind the record's end, or to the end of the buffer; true if the record ended. */
  private boolean scan(Cut cut) {
    while (at < bufferedBytes) {
      byte b = buffer[at++];
      if (b == '\n') {
        line++;
        if (!cut.openQuote) {
          return true;
        }
      }
      if (quotes) {
        quote(cut, b);
      }
    }
    return false;
  }

  /** A double quote in the middle of an unquoted field is an ordinary character. */
  private void quote(Cut cut, byte b) {
    if (cut.openQuote) {
      cut.openQuote = b != '"';
      cut.quoteOpens = b == '"';
    } else if (b == '"') {
      cut.openQuote = cut.quoteOpens;
    } else {
      cut.quoteOpens = b == ',' || (cut.quoteOpens && first && isInMark(b));
    }
  }

  private boolean fill() throws IOException {
    bufferedBytes = Math.max(0, in.read(buffer));
    at = 0;
    return bufferedBytes > 0;
  }

  private RawRecord decode(long start, byte[] bytes, long lines) {
    int from = first && startsWithMark(bytes) ? BYTE_ORDER_MARK.length : 0;
    first = false;
    int length = bytes.length - from;
    if (length > 0 && bytes[bytes.length - 1] == '\r') {
      length--;
    }
    ByteBuffer input = ByteBuffer.wrap(bytes, from, length);
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(input)
              .toString();
      int zero = text.indexOf('\0');
      return zero < 0
          ? new RawRecord(start, text, null, lines)
          : new RawRecord(
              start,
              null,
              "holds U+0000 as character " + (zero + 1) + ", which is not text",
              lines);
    } catch (CharacterCodingException e) {
      return new RawRecord(
          start,
          null,
          "not UTF-8 at byte " + (input.position() - from + 1) + " of the record",
          lines);
    }
  }

  private static boolean isInMark(byte b) {
    return b == BYTE_ORDER_MARK[0] || b == BYTE_ORDER_MARK[1] || b == BYTE_ORDER_MARK[2];
  }

  private static boolean startsWithMark(byte[] bytes) {
    return bytes.length >= 3
        && bytes[0] == BYTE_ORDER_MARK[0]
        && bytes[1] == BYTE_ORDER_MARK[1]
        && bytes[2] == BYTE_ORDER_MARK[2];
  }
}
