package dev.diffstream.base.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.Base;
import dev.diffstream.base.TinyBert;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Encoders and tokenisers give what the reference implementation gave. */
final class GoldenTest {
  @SuppressWarnings("unused") // a field source
  static final List<String> NAMES = TinyBert.NAMES;

  @ParameterizedTest
  @FieldSource("NAMES")
  void hiddenStatesEqualTheReference(String name) {
    List<Encoding> encodings = new ArrayList<>();
    JsonNode sequences = TinyBert.golden(name).get("sequences");
    for (JsonNode sequence : sequences) {
      int[] ids = ints(sequence.get("ids"));
      encodings.add(new Encoding(ids, ints(sequence.get("types")), ids.length, false));
    }
    try (Base base = TinyBert.load(name)) {
      float[][][] together = base.encoder().hiddenStates(Batch.of(encodings));
      for (int i = 0; i < encodings.size(); i++) {
        JsonNode expected = sequences.get(i).get("hidden");
        assertClose(expected, together[i]);
        Batch alone = Batch.of(List.of(encodings.get(i)));
        assertClose(expected, base.encoder().hiddenStates(alone)[0]);
      }
    }
  }

  @ParameterizedTest
  @FieldSource("NAMES")
  void encodingsEqualTheReference(String name) {
    JsonNode golden = TinyBert.golden(name);
    int maxTokens = golden.get("maxTokens").asInt();
    try (Base base = TinyBert.load(name)) {
      for (JsonNode row : golden.get("encodings")) {
        String pair = row.get("pair").isNull() ? null : row.get("pair").asText();
        String text = row.get("text").asText();
        Encoding encoding = base.tokenizer().encode(text, pair, maxTokens);
        assertThat(encoding.ids()).as(text).containsExactly(ints(row.get("ids")));
        assertThat(encoding.secondStart()).as(text).isEqualTo(row.get("secondStart").asInt());
        assertThat(encoding.truncated()).as(text).isEqualTo(row.get("truncated").asBoolean());
        assertThat(encoding.isPair()).as(text).isEqualTo(pair != null);
      }
    }
  }

  private static void assertClose(JsonNode expected, float[][] actual) {
    assertThat(expected.size()).isPositive().isLessThanOrEqualTo(actual.length);
    for (int token = 0; token < expected.size(); token++) {
      for (int i = 0; i < expected.get(token).size(); i++) {
        assertThat((double) actual[token][i])
            .isCloseTo(expected.get(token).get(i).asDouble(), within(1e-4));
      }
    }
  }

  private static int[] ints(JsonNode array) {
    int[] ints = new int[array.size()];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = array.get(i).asInt();
    }
    return ints;
  }
}
