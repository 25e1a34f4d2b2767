package dev.diffstream.cli.bench.correction;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Random;

/** Rows that a base without knowledge can tell apart: a text is a yes when it says good. */
final class CorrectionRows {
  private static final int ROWS = 120;
  private static final String[] WORDS = {
    "the", "man", "is", "eating", "food", "cat", "sat", "on", "mat", "very", "stock", "market"
  };

  private final Random random = new Random(7);

  /** The data set as JSON Lines. */
  byte[] dataSet() {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < ROWS; i++) {
      rows.append("{\"text\":\"%s\",\"label\":\"%s\"}%n".formatted(text(i), label(i)));
    }
    return rows.toString().getBytes(UTF_8);
  }

  /** The text of a row; of numbers behind the data set it is a new one. */
  String text(int number) {
    StringBuilder text = new StringBuilder(Integer.toString(number));
    for (int word = 0; word < 5; word++) {
      text.append(' ').append(WORDS[random.nextInt(WORDS.length)]);
    }
    return text.append(number % 2 == 0 ? " good" : " bad").append(" man").toString();
  }

  static String label(int number) {
    return number % 2 == 0 ? "yes" : "no";
  }

  static int size() {
    return ROWS;
  }
}
