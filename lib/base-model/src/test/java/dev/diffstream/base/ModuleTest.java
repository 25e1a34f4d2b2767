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
import dev.diffstream.base.input.TensorInput;
import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TorchScript modules as bases give what PyTorch gave, and take a change. */
final class ModuleTest {
  private static final long SEED = Long.getLong("diffstream.test.seed", 13);

  @ParameterizedTest
  @ValueSource(strings = {"image", "audio"})
  void featuresEqualTheReference(String name) {
    JsonNode golden = TinyBert.goldenOfModule(name);
    try (Base base = load(name)) {
      List<TensorInput> inputs = inputs(base, golden);
      float[][] together = base.encoder().features(Batch.of(inputs));
      for (int i = 0; i < inputs.size(); i++) {
        JsonNode expected = golden.get("features").get(i);
        assertClose(expected, FloatBuffer.wrap(together[i]), 1e-5);
        float[] alone = base.encoder().features(Batch.of(List.of(inputs.get(i))))[0];
        assertClose(expected, FloatBuffer.wrap(alone), 1e-5);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"image", "audio"})
  void lossAndGradientsEqualTheReferenceInEveryStep(String name) {
    JsonNode golden = TinyBert.goldenOfModule(name);
    try (Base base = load(name)) {
      for (int round = 0; round < 3; round++) {
        try (Gradients step = step(base, golden)) {
          assertThat((double) step.loss()).isCloseTo(golden.get("loss").asDouble(), within(1e-5));
          assertThat(base.parameters())
              .extracting(Parameter::name)
              .containsExactlyInAnyOrderElementsOf(
                  golden.get("gradients").properties().stream().map(Map.Entry::getKey).toList())
              .isSorted();
          for (int i = 0; i < base.parameters().size(); i++) {
            JsonNode expected = golden.get("gradients").get(base.parameters().get(i).name());
            assertClose(expected, step.parameters().get(i), 1e-4);
          }
        }
      }
      assertThat(base.currentDigest()).isEqualTo(base.digest());
    }
  }

  /** An open step keeps its gradients while others are made, one after the other or at once. */
  @ParameterizedTest
  @ValueSource(strings = {"image", "audio"})
  void stepsDoNotDisturbEachOther(String name) throws Exception {
    JsonNode golden = TinyBert.goldenOfModule(name);
    try (Base base = load(name);
        ExecutorService threads = Executors.newFixedThreadPool(3)) {
      List<Callable<Gradients>> calls = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        calls.add(() -> step(base, golden));
      }
      for (Future<Gradients> step : threads.invokeAll(calls)) {
        for (int i = 0; i < base.parameters().size(); i++) {
          JsonNode expected = golden.get("gradients").get(base.parameters().get(i).name());
          assertClose(expected, step.get().parameters().get(i), 1e-4);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"image", "audio"})
  void gradientsAreSlopes(String name) {
    JsonNode golden = TinyBert.goldenOfModule(name);
    try (Base base = load(name);
        Gradients step = step(base, golden)) {
      FloatBuffer values = base.parameters().getLast().values();
      for (int i = 0; i < values.capacity(); i++) {
        float before = values.get(i);
        double[] loss = new double[2];
        for (int side = 0; side < 2; side++) {
          values.put(i, before + (side == 0 ? 1e-3f : -1e-3f));
          try (Gradients moved = step(base, golden)) {
            loss[side] = moved.loss();
          }
        }
        values.put(i, before);
        assertThat((loss[0] - loss[1]) / 2e-3)
            .isCloseTo(step.parameters().getLast().get(i), within(2e-3));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"image", "audio"})
  void aChangeOfEveryParameterComesAndGoes(String name) {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    JsonNode golden = TinyBert.goldenOfModule(name);
    try (Base base = load(name);
        Base again = load(name)) {
      assertThat(again.digest()).isEqualTo(base.digest());
      Head head = head(golden);
      Batch batch = Batch.of(inputs(base, golden));
      float[][] bare = base.encoder().logits(batch, head);
      Overlay overlay = new Overlay(base);
      for (int round = 0; round < 10; round++) {
        overlay.apply(delta(base, random));
        assertThat(base.currentDigest()).isNotEqualTo(base.digest());
        assertThat(base.encoder().logits(batch, head)[0]).isNotEqualTo(bare[0]);
        step(base, golden).close();
        overlay.restore();
        assertThat(base.currentDigest()).isEqualTo(base.digest());
        assertThat(base.encoder().logits(batch, head)).isDeepEqualTo(bare);
      }
      assertThat(again.encoder().logits(batch, head)).isDeepEqualTo(bare);
    }
  }

  @Test
  void callsLeaveNoTensorsBehind() {
    JsonNode golden = TinyBert.goldenOfModule("image");
    try (Base base = load("image")) {
      step(base, golden).close();
      int held = base.encoder().heldTensors();
      for (int i = 0; i < 5; i++) {
        step(base, golden).close();
        base.encoder().logits(Batch.of(inputs(base, golden)), head(golden));
      }
      assertThat(base.encoder().heldTensors()).isEqualTo(held);
    }
  }

  @Test
  void itsOwnHeadIsNoPartOfTheBase() {
    try (Base base = load("image");
        Base whole = Base.from(changed("image", "\"head\\\\..*\"", "[]"))) {
      assertThat(base.name()).isEqualTo("tiny-image");
      assertThat(base.readsText()).isFalse();
      assertThat(base.tensorInputs()).containsExactly(new TensorSpec("image", List.of(1, 16, 16)));
      assertThat(base.parameters()).extracting(Parameter::name).doesNotContain("head.weight");
      assertThat(whole.parameters()).extracting(Parameter::name).contains("head.weight");
      assertThat(whole.digest()).isNotEqualTo(base.digest());
      Batch batch = Batch.of(List.of(TensorInput.noise(base.tensorInputs(), 1)));
      try (Gradients step =
          whole.encoder().step(batch, new Head(2, 16), new ClassTargets(new int[1]))) {
        List<String> names = whole.parameters().stream().map(Parameter::name).toList();
        FloatBuffer unused = step.parameters().get(names.indexOf("head.bias"));
        assertThat(unused.capacity()).isEqualTo(10);
        assertThat(unused.get(3)).isZero();
      }
    }
  }

  @Test
  void refusesWhatIsOfAnotherShapeOrKind() {
    try (Base base = load("image");
        Base audio = load("audio");
        Base texts = TinyBert.load("gelu")) {
      List<TensorSpec> specs = base.tensorInputs();
      assertThatThrownBy(() -> TensorInput.of(specs, List.of(new float[255])))
          .hasMessage("input image: expected values of shape [1, 16, 16], got 255 values");
      assertThatThrownBy(() -> TensorInput.of(audio.tensorInputs(), List.of(new float[30])))
          .hasMessage("input frames: expected values of shape [-1, 20], got 30 values");
      assertThatThrownBy(() -> TensorInput.of(specs, List.of()))
          .hasMessage("expected 1 inputs, got 0");
      assertThatThrownBy(
              () -> TensorInput.of(audio.tensorInputs(), List.of(new float[20 * 2 - 20 * 2])))
          .hasMessageContaining("got 0 values");
      float[] notFinite = new float[256];
      notFinite[7] = Float.NaN;
      assertThatThrownBy(() -> TensorInput.of(specs, List.of(notFinite)))
          .hasMessage("input image: expected finite values, got NaN");
      TensorInput image = TensorInput.noise(specs, 1);
      Batch text = Batch.of(List.of(TinyBert.text(texts, new Random(1), 3)));
      assertThatThrownBy(() -> base.encoder().features(text)).hasMessageContaining("holds texts");
      assertThatThrownBy(() -> texts.encoder().features(Batch.of(List.of(image))))
          .hasMessage("the base takes texts, the batch holds tensors");
      assertThatThrownBy(() -> audio.encoder().features(Batch.of(List.of(image))))
          .hasMessageContaining("tiny-audio takes");
      assertThatThrownBy(() -> base.encoder().featureCount(true)).hasMessageContaining("no pairs");
      assertThatThrownBy(base::tokenizer).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(base::architecture).isInstanceOf(IllegalStateException.class);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "image|'\"features\": 16'|'\"features\": 17'|forward gave (1, 16) of type float32",
        "image|'\"features\": 16'|'\"features\": 0'|features is 0, expected a number from 1",
        "image|'\"float32\"'|'\"int64\"'|input image has type \"int64\", supported is float32",
        "image|'\"image\"'|'\"\"'|inputs[0].name is \"\"",
        "image|'\"inputs\"'|'\"input\"'|expected a list of 1 to 16",
        "image|'head\\\\..*'|'('|heads is no regular expression",
        "image|'head\\\\..*'|'.*'|no parameters besides its heads",
        "image|'    16,'|'    -1,'|the first may be -1",
        "audio|'20'|'21'|unusable model.pt",
      })
  void aBadDescriptionIsNamed(String name, String from, String to, String message) {
    assertThatThrownBy(() -> Base.from(changed(name, from, to)))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BASE_UNKNOWN))
        .hasMessageContaining("base " + name)
        .hasMessageContaining(message);
  }

  @Test
  void aDamagedModuleIsRefused() {
    TinyBert whole = TinyBert.ofModule("image");
    assertThatThrownBy(() -> Base.from(whole.with("model.pt", new byte[100])))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining("base image has an unusable model.pt");
  }

  private static TinyBert changed(String name, String from, String to) {
    TinyBert module = TinyBert.ofModule(name);
    String json = new String(module.bytes("base.json"), UTF_8);
    assertThat(json).contains(from);
    return module.with("base.json", json.replace(from, to).getBytes(UTF_8));
  }

  private static Base load(String name) {
    return Base.from(TinyBert.ofModule(name));
  }

  private static Gradients step(Base base, JsonNode golden) {
    JsonNode classes = golden.get("classes");
    int[] targets = {classes.get(0).asInt(), classes.get(1).asInt(), classes.get(2).asInt()};
    Batch batch = Batch.of(inputs(base, golden));
    return base.encoder().step(batch, head(golden), new ClassTargets(targets));
  }

  private static List<TensorInput> inputs(Base base, JsonNode golden) {
    List<TensorInput> inputs = new ArrayList<>();
    for (JsonNode input : golden.get("inputs")) {
      inputs.add(TensorInput.of(base.tensorInputs(), List.of(floats(input.get("values")))));
    }
    return inputs;
  }

  private static Head head(JsonNode golden) {
    Head head = new Head(3, 16);
    head.weight().put(floats(golden.get("head")));
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

  private static void assertClose(JsonNode expected, FloatBuffer actual, double margin) {
    assertThat(actual.capacity()).isEqualTo(expected.size());
    for (int i = 0; i < actual.capacity(); i++) {
      assertThat((double) actual.get(i)).isCloseTo(expected.get(i).asDouble(), within(margin));
    }
  }

  private static float[] floats(JsonNode array) {
    float[] floats = new float[array.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) array.get(i).asDouble();
    }
    return floats;
  }
}
