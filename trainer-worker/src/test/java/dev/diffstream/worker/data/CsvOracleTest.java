package dev.diffstream.worker.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import de.siegmar.fastcsv.writer.QuoteStrategies;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;

/**
 * The CSV reader against another one, FastCSV: the same fields from the same lines, and a problem
 * wherever it stops. White space is left out of the documents where the two differ on purpose: ours
 * passes over lines of nothing else, and takes it behind a closing quote. {@code -Dcsv.seed=N}
 * repeats a document.
 */
class CsvOracleTest {
  private static final int MAX_RECORD_BYTES = 10_000;

  private final long seed = Long.getLong("csv.seed", new Random().nextLong());
  private final Random random = new Random(seed);

  /** What a reader makes of a record: fields, or null where it refuses it. */
  private record Read(long line, @Nullable List<String> fields) {}

  @RepeatedTest(500)
  void whatAWriterWritesIsReadBack() throws IOException {
    List<List<String>> written = records();
    StringWriter text = new StringWriter();
    CsvWriter.CsvWriterBuilder writer =
        CsvWriter.builder()
            .lineDelimiter(random.nextBoolean() ? LineDelimiter.LF : LineDelimiter.CRLF);
    if (random.nextBoolean()) {
      writer.quoteStrategy(QuoteStrategies.ALWAYS);
    }
    try (CsvWriter csv = writer.build(text)) {
      written.forEach(csv::writeRecord);
    }
    String document = (random.nextBoolean() ? "\uFEFF" : "") + text;
    List<Read> ours = ours(document);
    assertThat(ours.stream().map(Read::fields)).as(label(document)).isEqualTo(written);
    assertThat(ours).as(label(document)).isEqualTo(theirs(document));
  }

  @RepeatedTest(2_000)
  void anySequenceOfCharactersIsReadAlikeOrRefused() throws IOException {
    StringBuilder text = new StringBuilder(random.nextBoolean() ? "\uFEFF" : "");
    String[] pieces = {"a", "b", "\"", "\"", "\"\"", ",", ",", "\n", "\r\n", "\\", "\u00e9"};
    for (int i = random.nextInt(60); i > 0; i--) {
      text.append(pieces[random.nextInt(pieces.length)]);
    }
    String document = text.toString();
    List<Read> ours = ours(document);
    List<Read> theirs = theirs(document);
    for (int i = 0; i < ours.size(); i++) {
      Read our = ours.get(i);
      Read their = i < theirs.size() ? theirs.get(i) : null;
      if (their == null || their.fields() == null) {
        assertThat(our.fields()).as(label(document)).isNull();
        return;
      }
      boolean openToTheEnd = our.fields() == null && i == ours.size() - 1;
      if (!openToTheEnd) {
        assertThat(our).as(label(document)).isEqualTo(their);
      }
    }
    assertThat(ours).as(label(document)).hasSameSizeAs(theirs);
  }

  private List<List<String>> records() {
    int width = 1 + random.nextInt(4);
    String[] pieces = {
      "a", "word ", "\"", ",", "\n", "\r\n", "\u00e9", "\ud83d\ude9a", ";", "'", "\\"
    };
    List<List<String>> records = new ArrayList<>();
    for (int row = random.nextInt(20); row >= 0; row--) {
      List<String> fields = new ArrayList<>();
      for (int column = 0; column < width; column++) {
        StringBuilder field = new StringBuilder(column == 0 ? "x" : "");
        for (int i = random.nextInt(6); i > 0; i--) {
          field.append(pieces[random.nextInt(pieces.length)]);
        }
        fields.add(field.toString());
      }
      records.add(fields);
    }
    return records;
  }

  private static List<Read> ours(String document) throws IOException {
    RecordSplitter splitter =
        new RecordSplitter(
            new ByteArrayInputStream(document.getBytes(UTF_8)), true, MAX_RECORD_BYTES);
    List<Read> read = new ArrayList<>();
    for (RawRecord raw = splitter.next(); raw != null; raw = splitter.next()) {
      read.add(new Read(raw.line(), fields(raw)));
    }
    return read;
  }

  private static @Nullable List<String> fields(RawRecord raw) {
    if (raw.text() == null) {
      return null;
    }
    try {
      return FieldSplitter.csv(raw.text());
    } catch (RecordParser.BadRecord refused) {
      return null;
    }
  }

  /** Up to the first record that FastCSV refuses; it cannot read on from there. */
  private static List<Read> theirs(String document) throws IOException {
    List<Read> read = new ArrayList<>();
    try (CsvReader<CsvRecord> reader =
        CsvReader.builder()
            .allowExtraFields(true)
            .allowMissingFields(true)
            .ofCsvRecord(document.startsWith("\uFEFF") ? document.substring(1) : document)) {
      for (Iterator<CsvRecord> records = reader.iterator(); records.hasNext(); ) {
        CsvRecord record = records.next();
        read.add(new Read(record.getStartingLineNumber(), record.getFields()));
      }
    } catch (CsvParseException refused) {
      read.add(new Read(0, null));
    }
    return read;
  }

  private String label(String document) {
    return "-Dcsv.seed=%d, document:%n%s".formatted(seed, document).replace("%", "%%");
  }
}
