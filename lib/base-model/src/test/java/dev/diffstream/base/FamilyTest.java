package dev.diffstream.base;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.encoder.Targets.ClassTargets;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** Encoders of every family give what the reference implementation gave, and take a change. */
final class FamilyTest {
  @SuppressWarnings("unused") // a field source
  static final List<String> FAMILIES = TinyBert.FAMILIES;

  /** Of how many values of a parameter the slope is measured: each takes two steps. */
  private static final int SLOPES = 64;

  private static final long SEED = Long.getLong("diffstream.test.seed", 11);

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void tokensAndHiddenStatesEqualTheReference(String name) {
    JsonNode golden = TinyBert.goldenOfFamily(name);
    try (Base base = load(name)) {
      for (int i = 0; i < golden.get("texts").size(); i++) {
        String text = golden.get("texts").get(i).asText();
        assertThat(base.tokenizer().encode(text, null, 24).ids())
            .as(text)
            .containsExactly(ints(golden.get("rows").get(i).get("ids")));
      }
      List<Encoding> rows = rows(golden);
      float[][][] together = base.encoder().hiddenStates(Batch.of(rows));
      for (int i = 0; i < rows.size(); i++) {
        JsonNode expected = golden.get("rows").get(i).get("hidden");
        assertClose(expected, together[i], rows.get(i).length());
        Batch alone = Batch.of(List.of(rows.get(i)));
        assertClose(expected, base.encoder().hiddenStates(alone)[0], rows.get(i).length());
      }
    }
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void lossAndGradientsEqualTheReference(String name) {
    JsonNode golden = TinyBert.goldenOfFamily(name);
    try (Base base = load(name);
        Gradients step = step(base, golden)) {
      assertThat((double) step.loss()).isCloseTo(golden.get("loss").asDouble(), within(1e-5));
      int compared = 0;
      for (Map.Entry<String, JsonNode> entry : golden.get("gradients").properties()) {
        FloatBuffer actual = step.parameters().get(index(base, entry.getKey()));
        assertThat(actual.capacity()).as(entry.getKey()).isEqualTo(entry.getValue().size());
        for (int i = 0; i < actual.capacity(); i++) {
          assertThat((double) actual.get(i))
              .as(entry.getKey())
              .isCloseTo(entry.getValue().get(i).asDouble(), within(1e-4));
        }
        compared++;
      }
      assertThat(compared).isGreaterThanOrEqualTo(10);
    }
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void gradientsAreSlopes(String name) {
    JsonNode golden = TinyBert.goldenOfFamily(name);
    try (Base base = load(name);
        Gradients step = step(base, golden)) {
      int last = base.parameters().size() - 1;
      FloatBuffer gradient = step.parameters().get(last);
      FloatBuffer values = base.parameters().get(last).values();
      int stride = Math.max(1, values.capacity() / SLOPES);
      for (int i = 0; i < values.capacity(); i += stride) {
        float before = values.get(i);
        double[] loss = new double[2];
        for (int side = 0; side < 2; side++) {
          values.put(i, before + (side == 0 ? 1e-2f : -1e-2f));
          try (Gradients moved = step(base, golden)) {
            loss[side] = moved.loss();
          }
        }
        values.put(i, before);
        assertThat((loss[0] - loss[1]) / 2e-2)
            .as(base.parameters().get(last).name())
            .isCloseTo(gradient.get(i), within(1e-3));
      }
      assertThat(base.currentDigest()).isEqualTo(base.digest());
    }
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void aChangeOfEveryParameterComesAndGoes(String name) {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    JsonNode golden = TinyBert.goldenOfFamily(name);
    try (Base base = load(name);
        Base again = load(name)) {
      Head head = head(golden);
      Batch batch = Batch.of(rows(golden));
      float[][] bare = base.encoder().logits(batch, head);
      Overlay overlay = new Overlay(base);
      for (int round = 0; round < 3; round++) {
        overlay.apply(delta(base, random));
        assertThat(base.currentDigest()).isNotEqualTo(base.digest());
        assertThat(base.encoder().logits(batch, head)[0]).isNotEqualTo(bare[0]);
        overlay.restore();
        assertThat(base.currentDigest()).isEqualTo(base.digest());
        assertThat(base.encoder().logits(batch, head)).isDeepEqualTo(bare);
      }
      assertThat(again.digest()).isEqualTo(base.digest());
      assertThat(again.encoder().logits(batch, head)).isDeepEqualTo(bare);
    }
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void embeddingRowsThatNoExampleUsesHaveNoGradient(String name) {
    JsonNode golden = TinyBert.goldenOfFamily(name);
    try (Base base = load(name)) {
      List<Encoding> rows = rows(golden).subList(0, 2);
      Head head = head(golden);
      Map<String, int[]> used = base.encoder().usedRows(rows);
      assertThat(used).hasSize(2);
      try (Gradients step =
          base.encoder().step(Batch.of(rows), head, new ClassTargets(new int[2]))) {
        used.forEach(
            (parameter, expected) -> {
              int index = index(base, parameter);
              assertThat(nonzeroRows(step.parameters().get(index), base.parameters().get(index)))
                  .as(parameter)
                  .containsExactlyElementsOf(java.util.Arrays.stream(expected).boxed().toList());
            });
      }
    }
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void theLongestTextFillsThePositions(String name) {
    JsonNode golden = TinyBert.goldenOfFamily(name);
    int longest = golden.get("longest").asInt();
    try (Base base = load(name)) {
      assertThat(base.architecture().maxPositions()).isEqualTo(longest);
      Batch tooLong = Batch.of(List.of(TinyBert.text(base, new Random(1), longest + 1)));
      assertThatThrownBy(() -> base.encoder().features(tooLong))
          .hasMessageContaining("takes at most " + longest);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "roberta|'\"hidden_act\": \"gelu\"'|'\"hidden_act\": \"silu\"'|hidden_act is \"silu\"",
        "roberta|'\"pad_token_id\": 1'|'\"pad_token_id\": 24'|between 26 and 16384, but is 24",
        "roberta|'\"pad_token_id\": 1'|'\"pad_token_id\": -1'|pad_token_id is -1",
        "roberta|'\"hidden_size\": 32'|'\"hidden_size\": 30'|hidden_size 30 is not a multiple",
        "roberta|'\"type_vocab_size\": 1'|'\"type_vocab_size\": 2'|expected [2, 32]",
        "distilbert|'\"dim\": 32'|'\"dim\": 33'|dim 33 is not a multiple of n_heads 4",
        "distilbert|'\"n_layers\": 2'|'\"n_layers\": 3'|lacks 16 of 52 tensors",
        "distilbert|'\"n_layers\": 2'|'\"n_layers\": 1'|which no distilbert encoder",
        "distilbert|'\"n_heads\": 4'|'\"n_heads\": null'|n_heads is null, expected a whole number",
        "distilbert|'\"activation\": \"relu\"'|'\"activation\": \"tanh\"'|activation is \"tanh\"",
        "electra|'\"embedding_size\": 20'|'\"embedding_size\": 32'|expected",
        "electra|'\"embedding_size\": 20'|'\"embedding_size\": 0'|embedding_size must lie between",
        "electra-wide|'\"electra\"'|'\"electric\"'|model_type is \"electric\", supported are bert"
      })
  void aBadConfigIsNamed(String name, String from, String to, String message) {
    TinyBert tiny = TinyBert.ofFamily(name);
    String config = new String(tiny.bytes("config.json"), UTF_8);
    assertThat(config).contains(from);
    TinyBert bad = tiny.with("config.json", config.replace(from, to).getBytes(UTF_8));
    assertThatThrownBy(() -> Base.from(bad))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BASE_UNKNOWN))
        .hasMessageContaining("base " + name)
        .hasMessageContaining(message);
  }

  private static Base load(String name) {
    return Base.from(TinyBert.ofFamily(name));
  }

  private static Gradients step(Base base, JsonNode golden) {
    ClassTargets targets = new ClassTargets(ints(golden.get("classes")));
    return base.encoder().step(Batch.of(rows(golden)), head(golden), targets);
  }

  private static List<Encoding> rows(JsonNode golden) {
    List<Encoding> rows = new ArrayList<>();
    for (JsonNode row : golden.get("rows")) {
      int[] ids = ints(row.get("ids"));
      rows.add(Encoding.ofTokens(ids));
    }
    return rows;
  }

  private static Head head(JsonNode golden) {
    Head head = new Head(3, 32);
    for (int i = 0; i < 96; i++) {
      head.weight().put(i, (float) golden.get("head").get(i).asDouble());
    }
    return head;
  }

  private static SparseDelta delta(Base base, Random random) {
    List<SparseDelta.Entry> entries = new ArrayList<>();
    for (Parameter parameter : base.parameters()) {
      int[] positions = random.ints(5, 0, parameter.size()).distinct().sorted().toArray();
      float[] values = new float[positions.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      entries.add(new SparseDelta.Entry(parameter.name(), positions, values));
    }
    return new SparseDelta(entries);
  }

  private static int index(Base base, String parameter) {
    int index = base.parameters().stream().map(Parameter::name).toList().indexOf(parameter);
    assertThat(index).as(parameter).isNotNegative();
    return index;
  }

  private static List<Integer> nonzeroRows(FloatBuffer gradient, Parameter parameter) {
    List<Integer> rows = new ArrayList<>();
    int width = parameter.shape().get(1);
    for (int row = 0; row < parameter.shape().get(0); row++) {
      for (int i = 0; i < width; i++) {
        if (gradient.get(row * width + i) != 0) {
          rows.add(row);
          break;
        }
      }
    }
    return rows;
  }

  private static void assertClose(JsonNode expected, float[][] actual, int tokens) {
    int width = actual[0].length;
    assertThat(expected.size()).isEqualTo(tokens * width);
    for (int i = 0; i < expected.size(); i++) {
      assertThat((double) actual[i / width][i % width])
          .isCloseTo(expected.get(i).asDouble(), within(1e-5));
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
