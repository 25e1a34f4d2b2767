package dev.diffstream.worker.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.event.Objective;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.RepeatedTest;

/**
 * Random changes to files of every format give a data set or a refusal with its code and a short
 * message, never another exception. {@code -Ddata.seed=N} repeats a file.
 */
class DamagedFilesTest {
  private static final int MAX_MESSAGE = 2_000;

  /** Bytes and sequences that mean something to one of the readers. */
  private static final String[] PIECES = {
    "\"",
    "\"\"",
    ",",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ":",
    "|",
    "\0",
    "\uFEFF",
    "\u00a0",
    "\u200b",
    "\\ud83d",
    "\\u0000",
    "null",
    "NaN",
    "1e999",
    "text,label\n",
    "B-",
    "a",
    " "
  };

  private final long seed = Long.getLong("data.seed", new Random().nextLong());
  private final Random random = new Random(seed);

  @RepeatedTest(1_000)
  void changedFilesAreReadOrRefused() throws IOException {
    Objective[] objectives = Objective.values();
    Objective objective = objectives[random.nextInt(objectives.length)];
    String[] suffixes = {".csv", ".tsv", ".jsonl", ".csv.gz", ".jsonl.gz"};
    String name = "x" + suffixes[random.nextInt(suffixes.length)];
    byte[] text = changed(text(name, objective).getBytes(UTF_8));
    byte[] file = name.endsWith(".gz") ? changed(gzip(text)) : text;
    try {
      DataSet data =
          new TestDataSets()
              .with(name, file)
              .read(objective, name, null, null, null, random.nextBoolean() ? "skip" : null);
      assertThat(data.train()).as(label(name)).isNotEmpty();
      assertThat(data.warnings()).allMatch(warning -> warning.length() < MAX_MESSAGE);
    } catch (DiffstreamException refused) {
      assertThat(refused.reason().length()).as(label(name)).isLessThan(MAX_MESSAGE);
    } catch (RuntimeException e) {
      fail(label(name), e);
    }
  }

  private String text(String name, Objective objective) {
    String label =
        switch (objective.labelling()) {
          case NUMBER -> "1.5";
          case TAGS -> "B-a O";
          case CLASS, LABEL_SET, NONE -> "a";
        };
    StringBuilder text = new StringBuilder();
    if (!name.contains("json")) {
      text.append("text,textPair,label\n");
    }
    for (int i = 0; i < 60; i++) {
      String own = i % 2 == 0 ? label : label.replace('a', 'b').replace("1.5", "2");
      text.append(
          name.contains("json")
              ? "{\"text\":\"word "
                  + i
                  + "\",\"textPair\":\"other\",\"label\":"
                  + (objective == Objective.MULTI_LABEL ? "[\"" + own + "\"]" : "\"" + own + "\"")
                  + "}\n"
              : "word " + i + ",\"other\"," + own + "\n");
    }
    return name.contains(".tsv") ? text.toString().replace(",", "\t") : text.toString();
  }

  /** A few bytes replaced, removed, or put in, or the end cut off. */
  private byte[] changed(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int at = 0;
    for (int changes = random.nextInt(4); changes > 0 && at < bytes.length; changes--) {
      int next = at + random.nextInt(bytes.length - at);
      out.write(bytes, at, next - at);
      byte[] piece =
          random.nextInt(4) == 0
              ? new byte[] {(byte) random.nextInt(256)}
              : PIECES[random.nextInt(PIECES.length)].getBytes(UTF_8);
      out.writeBytes(piece);
      at = Math.min(bytes.length, next + random.nextInt(3));
    }
    out.write(bytes, at, bytes.length - at);
    byte[] all = out.toByteArray();
    return random.nextInt(10) == 0 ? Arrays.copyOf(all, random.nextInt(all.length)) : all;
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    }
    return out.toByteArray();
  }

  private String label(String name) {
    return "-Ddata.seed=" + seed + ", " + name;
  }
}
