package dev.diffstream.worker.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecordSplitterTest {
  @Test
  void readsLinesWithAllLineEnds() throws IOException {
    assertThat(split("\uFEFFone\r\n\ntwo\n  \nthree", false))
        .containsExactly(
            new RawRecord(1, "one", null),
            new RawRecord(3, "two", null),
            new RawRecord(5, "three", null));
    assertThat(split("", false)).isEmpty();
    assertThat(split("\n\n", false)).isEmpty();
  }

  @Test
  void breaksInsideQuotesBelongToTheRecordOfCsvOnly() throws IOException {
    String text = "a,\"x\ny \"\"z\"\"\",b\nnext,1\n";
    assertThat(split(text, true))
        .containsExactly(
            new RawRecord(1, "a,\"x\ny \"\"z\"\"\",b", null, 2), new RawRecord(3, "next,1", null));
    assertThat(split(text, false)).hasSize(3);
  }

  @Test
  void aQuoteThatIsNeverClosedIsNamed() throws IOException {
    assertThat(split("a\n\"b,c\nd\n", true))
        .containsExactly(
            new RawRecord(1, "a", null),
            new RawRecord(2, null, "a double quote is never closed", 2));
  }

  @Test
  void bytesThatAreNotUtf8AreReportedWithTheirOffset() throws IOException {
    byte[] bytes = {'o', 'k', '\n', 'a', 'b', (byte) 0xE9, 'c', '\n', 'o', 'k'};
    RecordSplitter splitter = new RecordSplitter(new ByteArrayInputStream(bytes), false, 100);
    assertThat(all(splitter))
        .containsExactly(
            new RawRecord(1, "ok", null),
            new RawRecord(2, null, "not UTF-8 at byte 3 of the record"),
            new RawRecord(3, "ok", null));
  }

  @Test
  void aZeroByteIsNamed() throws IOException {
    assertThat(split("ok\na\0b\n", false))
        .containsExactly(
            new RawRecord(1, "ok", null),
            new RawRecord(2, null, "holds U+0000 as character 2, which is not text"));
  }

  @Test
  void aLineOfTwoGibibytesIsSkippedAndCounted() throws IOException {
    long length = 2L << 30;
    RecordSplitter splitter = new RecordSplitter(new LongLine(length), false, 1 << 20);
    assertThat(all(splitter))
        .containsExactly(
            new RawRecord(1, null, "longer than 1048576 bytes: " + length),
            new RawRecord(2, "end", null));
  }

  private static List<RawRecord> split(String text, boolean quotes) throws IOException {
    return all(new RecordSplitter(new ByteArrayInputStream(text.getBytes(UTF_8)), quotes, 1000));
  }

  private static List<RawRecord> all(RecordSplitter splitter) throws IOException {
    List<RawRecord> records = new ArrayList<>();
    for (RawRecord record = splitter.next(); record != null; record = splitter.next()) {
      records.add(record);
    }
    return records;
  }

  /** A line of so many letters, then {@code end}; nothing of it is held. */
  private static final class LongLine extends InputStream {
    private static final byte[] TAIL = "\nend\n".getBytes(UTF_8);
    private final long length;
    private long at;

    LongLine(long length) {
      this.length = length;
    }

    @Override
    public int read() {
      throw new AssertionError("read by blocks");
    }

    @Override
    public int read(byte[] bytes, int offset, int wanted) {
      if (at < length) {
        int n = (int) Math.min(wanted, length - at);
        Arrays.fill(bytes, offset, offset + n, (byte) 'a');
        at += n;
        return n;
      }
      int from = (int) (at - length);
      int n = Math.min(wanted, TAIL.length - from);
      System.arraycopy(TAIL, from, bytes, offset, n);
      at += n;
      return n == 0 ? -1 : n;
    }
  }
}
