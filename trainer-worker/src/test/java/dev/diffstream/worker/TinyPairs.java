package dev.diffstream.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.diffstream.base.Base;
import dev.diffstream.base.format.BaseSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;

/** Pairs of texts of which one way to read them sees the label, and the other does not. */
public final class TinyPairs {
  private static final String[] WORDS = {
    "the", "man", "is", "eating", "food", "cat", "sat", "on", "mat", "very", "stock", "market"
  };

  private TinyPairs() {}

  /**
   * The base of {@link TinyWorld}, whose last layer says one number of each token instead of a
   * vector. All means of texts have one direction, and since separate pairs compare means of one
   * length, they see nothing but constants; the mean of a joint pair has its length left.
   */
  public static Base baseOfOneNumber() {
    return Base.from(
        new BaseSource() {
          @Override
          public String name() {
            return "tiny-bert-of-one-number";
          }

          @Override
          public Optional<InputStream> open(String file) {
            InputStream whole = TinyWorld.class.getResourceAsStream("/tiny-bert/" + file);
            return file.equals("model.safetensors")
                ? Optional.of(oneNumber(Objects.requireNonNull(whole)))
                : Optional.ofNullable(whole);
          }
        });
  }

  private static InputStream oneNumber(InputStream file) {
    try (file) {
      byte[] bytes = file.readAllBytes();
      ByteBuffer all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      int header = (int) all.getLong(0);
      JsonNode tensors = new ObjectMapper().readTree(Arrays.copyOfRange(bytes, 8, 8 + header));
      String norm = "encoder.layer.1.output.LayerNorm.";
      set(all, 8 + header, tensors.get(norm + "weight"), 1);
      set(all, 8 + header, tensors.get(norm + "bias"), 10);
      return new ByteArrayInputStream(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The first value, and zero for all others. */
  private static void set(ByteBuffer file, int values, JsonNode tensor, float first) {
    int begin = values + tensor.get("data_offsets").get(0).asInt();
    int end = values + tensor.get("data_offsets").get(1).asInt();
    for (int at = begin; at < end; at += Float.BYTES) {
      file.putFloat(at, at == begin ? first : 0);
    }
  }

  /** Both texts say good, or both say bad: the more of it, the greater the sum over all tokens. */
  public static byte[] saidByBoth(int rows) {
    Random random = new Random(13);
    StringBuilder json = new StringBuilder();
    for (int i = 0; i < rows; i++) {
      String verdict = (i % 2 == 0 ? "good " : "bad ").repeat(4);
      json.append(row(verdict + words(random, 3), verdict + words(random, 3), i % 2 == 0));
    }
    return json.toString().getBytes(UTF_8);
  }

  /** The verdict stands at the end of a long second text, beside a first that is as long. */
  public static byte[] saidAtTheEnd(int rows) {
    Random random = new Random(17);
    StringBuilder json = new StringBuilder();
    for (int i = 0; i < rows; i++) {
      String verdict = i % 2 == 0 ? " good good good" : " bad bad bad";
      json.append(row(words(random, 20), words(random, 17) + verdict, i % 2 == 0));
    }
    return json.toString().getBytes(UTF_8);
  }

  private static String row(String text, String pair, boolean positive) {
    return "{\"text\":\"%s\",\"textPair\":\"%s\",\"label\":\"%s\"}%n"
        .formatted(text, pair, positive ? "positive" : "negative");
  }

  private static String words(Random random, int count) {
    StringBuilder words = new StringBuilder();
    for (int i = 0; i < count; i++) {
      words.append(i == 0 ? "" : " ").append(WORDS[random.nextInt(WORDS.length)]);
    }
    return words.toString();
  }

  /** A task of such pairs whose learning takes a second or two. */
  public static String task(String file, String pairEncoding) {
    return TinyWorld.task(file, "")
        .replace("\"classification\"", "\"pair-classification\"")
        .replace("{\"taskId\"", "{\"pairEncoding\":\"" + pairEncoding + "\",\"taskId\"");
  }
}
