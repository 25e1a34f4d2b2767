package dev.diffstream.worker.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a splitter that holds everything; and what it must not hold. */
class RecordSplitterOracleTest {
  private static final int LIMIT = 40;

  @RepeatedTest(200)
  void anyTextReadInAnyPiecesIsCutAsTheOracleCutsIt() throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    String alphabet = "ab\"\",,\r\n\n\né ";
    StringBuilder text = new StringBuilder(random.nextBoolean() ? "\uFEFF" : "");
    for (int i = random.nextInt(300); i > 0; i--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    for (boolean quotes : new boolean[] {false, true}) {
      InputStream pieces = new Pieces(text.toString().getBytes(UTF_8), random);
      assertThat(all(new RecordSplitter(pieces, quotes, LIMIT)))
          .as("RecordSplitterOracleTest seed %d", seed)
          .isEqualTo(oracle(text.toString(), quotes));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRecordOfExactlyTheLimitIsKept(boolean quotes) throws IOException {
    String exact = "x".repeat(LIMIT);
    assertThat(split(exact + "\n" + exact + "y\n" + exact, quotes))
        .containsExactly(
            new RawRecord(1, exact, null),
            new RawRecord(2, null, "longer than 40 bytes: 41"),
            new RawRecord(3, exact, null));
  }

  @Test
  void aQuoteThatIsNeverClosedInALargeFileIsSkippedInBoundedMemory() throws IOException {
    long length = 256L << 20;
    RecordSplitter splitter = new RecordSplitter(new OpenQuote(length), true, 1 << 20);
    long before = allocated();
    assertThat(all(splitter))
        .containsExactly(
            new RawRecord(1, null, "longer than 1048576 bytes: " + length, length - 1));
    assertThat(allocated() - before).isLessThan(64L << 20);
  }

  @Test
  void aQuoteInsideAFieldIsAnOrdinaryCharacter() throws IOException {
    assertThat(split("5\" disk,a\nb,c\nsay \"hi\",d\n", true))
        .containsExactly(
            new RawRecord(1, "5\" disk,a", null),
            new RawRecord(2, "b,c", null),
            new RawRecord(3, "say \"hi\",d", null));
  }

  private static long allocated() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }

  /** The rules of RFC 4180 over a text that is all there. */
  private static List<RawRecord> oracle(String text, boolean quotes) {
    List<RawRecord> records = new ArrayList<>();
    int line = 1;
    int at = 0;
    while (at < text.length()) {
      int from = at;
      int start = line;
      boolean fieldBegins = true;
      boolean open = false;
      boolean ended = false;
      while (at < text.length() && !ended) {
        char c = text.charAt(at++);
        line += c == '\n' ? 1 : 0;
        if (open) {
          if (c == '"' && at < text.length() && text.charAt(at) == '"') {
            at++;
          } else if (c == '"') {
            open = false;
          }
        } else if (c == '\n') {
          ended = true;
        } else if (c == '"' && quotes && fieldBegins) {
          open = true;
        }
        fieldBegins = !open && (c == ',' || (at == 1 && c == '\uFEFF'));
      }
      String record = text.substring(from, ended ? at - 1 : at);
      int bytes = record.getBytes(UTF_8).length;
      String plain = (from == 0 && record.startsWith("\uFEFF") ? record.substring(1) : record);
      plain = plain.endsWith("\r") ? plain.substring(0, plain.length() - 1) : plain;
      if (bytes > LIMIT) {
        records.add(
            new RawRecord(
                start, null, "longer than 40 bytes: " + bytes, Math.max(1, line - start)));
      } else if (open) {
        records.add(
            new RawRecord(
                start, null, "a double quote is never closed", Math.max(1, line - start)));
      } else if (!plain.isBlank()) {
        records.add(new RawRecord(start, plain, null, Math.max(1, line - start)));
      }
    }
    return records;
  }

  private static List<RawRecord> split(String text, boolean quotes) throws IOException {
    return all(new RecordSplitter(new ByteArrayInputStream(text.getBytes(UTF_8)), quotes, LIMIT));
  }

  private static List<RawRecord> all(RecordSplitter splitter) throws IOException {
    List<RawRecord> records = new ArrayList<>();
    for (RawRecord record = splitter.next(); record != null; record = splitter.next()) {
      records.add(record);
    }
    return records;
  }

  /** Gives a few bytes at a time, as a network does. */
  private static final class Pieces extends ByteArrayInputStream {
    private final Random random;

    Pieces(byte[] bytes, Random random) {
      super(bytes);
      this.random = random;
    }

    @Override
    public synchronized int read(byte[] bytes, int offset, int length) {
      return super.read(bytes, offset, Math.min(length, 1 + random.nextInt(9)));
    }
  }

  /** A double quote, then lines without end. */
  private static final class OpenQuote extends InputStream {
    private final long length;
    private long at;

    OpenQuote(long length) {
      this.length = length;
    }

    @Override
    public int read() {
      throw new AssertionError("read by blocks");
    }

    @Override
    public int read(byte[] bytes, int offset, int wanted) {
      if (at == length) {
        return -1;
      }
      int n = (int) Math.min(wanted, length - at);
      Arrays.fill(bytes, offset, offset + n, (byte) '\n');
      if (at == 0) {
        bytes[offset] = '"';
      }
      at += n;
      return n;
    }
  }
}
