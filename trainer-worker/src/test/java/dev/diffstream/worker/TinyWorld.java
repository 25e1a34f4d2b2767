package dev.diffstream.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.diffstream.base.Base;
import dev.diffstream.base.format.BaseSource;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** A base of two layers with random weights, and texts that it can learn to tell apart. */
public final class TinyWorld {
  private TinyWorld() {}

  public static Base base() {
    return Base.from(
        new BaseSource() {
          @Override
          public String name() {
            return "tiny-bert";
          }

          @Override
          public Optional<InputStream> open(String file) {
            return Optional.ofNullable(TinyWorld.class.getResourceAsStream("/tiny-bert/" + file));
          }
        });
  }

  /** JSON Lines: a text is positive exactly when it says good. */
  public static byte[] learnable(int rows) {
    return rows(rows, true);
  }

  /** As {@link #learnable}, but the labels are thrown by coin. */
  public static byte[] noise(int rows) {
    return rows(rows, false);
  }

  private static byte[] rows(int rows, boolean meaning) {
    String[] words = {
      "the", "man", "is", "eating", "food", "cat", "sat", "on", "mat", "very", "stock", "market",
      "fell"
    };
    Random random = new Random(11);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < rows; i++) {
      boolean good = i % 2 == 0;
      StringBuilder sentence = new StringBuilder(Integer.toString(i));
      for (int w = 0; w < 5; w++) {
        sentence.append(' ').append(words[random.nextInt(words.length)]);
      }
      sentence.append(good ? " good" : " bad").append(" man");
      boolean positive = meaning ? good : random.nextBoolean();
      text.append("{\"text\":\"")
          .append(sentence)
          .append("\",\"label\":\"")
          .append(positive ? "positive" : "negative")
          .append("\"}\n");
    }
    return text.toString().getBytes(UTF_8);
  }

  /** A task of the texts above whose learning takes a second or two. */
  public static String task(String file, String moreSettings) {
    return """
        {"taskId":"t","objective":"classification","density":0.05,"data":{"train":"tasks/t/data/%s"},
         "settings":{"stage1Steps":200,"stage3Steps":60,"stage1Rate":0.005,"stage3Rate":0.01,"headRate":0.01%s}}"""
        .formatted(file, moreSettings);
  }

  /** The headers of a task event in binary mode. */
  public static Map<String, String> taskHeaders(String id) {
    return Map.of(
        "ce_specversion", "1.0",
        "ce_id", id,
        "ce_source", "/test",
        "ce_type", "dev.diffstream.task.submitted.v1");
  }
}
