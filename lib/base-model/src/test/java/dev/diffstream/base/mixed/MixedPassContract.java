package dev.diffstream.base.mixed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.TinyBert;
import dev.diffstream.base.architecture.EncoderPlan;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.input.TokenSelection;
import dev.diffstream.base.mixed.MixedPass.Request;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * What every {@link MixedPass} holds to. The oracle is a base of its own for each diff, into whose
 * parameters the diff is written, asked one text at a time.
 */
abstract class MixedPassContract {
  @SuppressWarnings("unused") // a field source
  static final List<String> FAMILIES = TinyBert.FAMILIES;

  @SuppressWarnings("unused") // a field source
  static final List<String> ACTIVATIONS = TinyBert.NAMES;

  private static final long SEED = Long.getLong("diffstream.test.seed", 23);
  private static final double TOLERANCE = 1e-5;

  private final Random random = new Random(SEED);

  abstract MixedPass over(Base base);

  /** A request, and what a base that holds its diff alone answers. */
  private record Asked(Request request, float[][] expected) {}

  private record Task(SparseDelta delta, PreparedDelta prepared) {}

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void everyFamilyAnswersAsIfEachDiffHadAModelOfItsOwn(String family) {
    check(TinyBert.ofFamily(family));
  }

  @ParameterizedTest
  @FieldSource("ACTIVATIONS")
  void everyActivationAnswersAsIfEachDiffHadAModelOfItsOwn(String activation) {
    check(TinyBert.of(activation));
  }

  private void check(TinyBert files) {
    System.out.println("seed " + SEED);
    try (Base base = Base.from(files);
        Base oracle = Base.from(files);
        MixedPass pass = over(base)) {
      List<Task> tasks = new ArrayList<>();
      for (double density : new double[] {0, 0.005, 0.05, 0.5, 1}) {
        SparseDelta delta = randomDelta(base, density);
        tasks.add(new Task(delta, pass.prepare(delta)));
      }
      for (int round = 0; round < 6; round++) {
        List<Asked> asked = new ArrayList<>();
        for (int i = 0; i < 1 << round; i++) {
          asked.add(ask(base, oracle, tasks.get(random.nextInt(tasks.size()))));
        }
        compare(asked, pass.logits(asked.stream().map(Asked::request).toList()));
      }
      tasks.forEach(task -> task.prepared().release());
    }
  }

  private Asked ask(Base base, Base oracle, Task task) {
    int longest = base.architecture().maxPositions();
    int kind = random.nextInt(5);
    Encoding first = text(base, 2 + random.nextInt(longest - 1));
    return switch (kind) {
      case 0 ->
          asked(
              oracle,
              task,
              pair(base, first),
              TinyBert.randomHead(random, 2, 4 * hidden(base)),
              null);
      case 1 -> {
        int[] tokens = {first.length() - 1, 0, random.nextInt(first.length())};
        yield asked(oracle, task, first, TinyBert.randomHead(random, 77, hidden(base)), tokens);
      }
      case 2 -> {
        Head tied = base.newTiedHead();
        fill(tied);
        yield asked(oracle, task, first, tied, new int[] {random.nextInt(first.length())});
      }
      default ->
          asked(
              oracle,
              task,
              kind == 3 ? TinyBert.joint(base, random, first.length()) : first,
              TinyBert.randomHead(random, 1 + random.nextInt(151), hidden(base)),
              null);
    };
  }

  private static Asked asked(
      Base oracle, Task task, Encoding encoding, Head head, int @Nullable [] tokens) {
    Request request = new Request(encoding, task.prepared(), head, tokens);
    return new Asked(request, alone(oracle, task.delta(), request));
  }

  private static float[][] alone(Base oracle, SparseDelta delta, Request request) {
    List<float[]> before = new ArrayList<>();
    for (Parameter parameter : oracle.parameters()) {
      float[] values = new float[parameter.size()];
      parameter.values().get(0, values);
      before.add(values);
    }
    for (SparseDelta.Entry entry : delta.entries()) {
      FloatBuffer values =
          oracle.parameters().stream()
              .filter(parameter -> parameter.name().equals(entry.parameter()))
              .findFirst()
              .orElseThrow()
              .values();
      for (int i = 0; i < entry.positions().length; i++) {
        int position = entry.positions()[i];
        values.put(position, values.get(position) + entry.values()[i]);
      }
    }
    Batch batch = Batch.of(List.of(request.encoding()));
    int[] tokens = request.tokens();
    float[][] logits =
        tokens == null
            ? oracle.encoder().logits(batch, request.head())
            : oracle.encoder().logits(batch, request.head(), TokenSelection.of(List.of(tokens)));
    for (int i = 0; i < before.size(); i++) {
      oracle.parameters().get(i).values().put(0, before.get(i));
    }
    return logits;
  }

  /** Tasks that change the upper layers alone, about the same texts and pairs. */
  @ParameterizedTest
  @FieldSource("FAMILIES")
  void tasksThatLeaveTheLowerLayersAloneAnswerAsIfTheyWereAlone(String family) {
    System.out.println("seed " + SEED);
    TinyBert files = TinyBert.ofFamily(family);
    try (Base base = Base.from(files);
        Base oracle = Base.from(files);
        MixedPass pass = over(base)) {
      List<EncoderPlan.Layer> layers = EncoderPlan.of(base.architecture()).layers();
      List<Task> tasks = new ArrayList<>();
      for (int from = 0; from <= layers.size(); from++) {
        for (int i = 0; i < 2; i++) {
          SparseDelta delta = upper(randomDelta(base, 0.2), layers.subList(from, layers.size()));
          tasks.add(new Task(delta, pass.prepare(delta)));
        }
      }
      for (int round = 0; round < 8; round++) {
        List<Asked> asked = new ArrayList<>();
        for (int text = 0; text < 3; text++) {
          Encoding first = text(base, 2 + random.nextInt(20));
          Encoding encoding =
              switch (random.nextInt(3)) {
                case 0 -> first;
                case 1 -> pair(base, first);
                default -> TinyBert.joint(base, random, first.length());
              };
          Head head = TinyBert.randomHead(random, 3, (encoding.isPair() ? 4 : 1) * hidden(base));
          for (Task task : tasks) {
            if (random.nextBoolean()) {
              asked.add(asked(oracle, task, encoding, head, null));
            }
          }
        }
        Collections.shuffle(asked, random);
        compare(asked, pass.logits(asked.stream().map(Asked::request).toList()));
      }
      tasks.forEach(task -> task.prepared().release());
    }
  }

  private static SparseDelta upper(SparseDelta delta, List<EncoderPlan.Layer> layers) {
    Set<String> names = new HashSet<>();
    layers.forEach(layer -> names.addAll(layer.parameters()));
    return new SparseDelta(
        delta.entries().stream().filter(entry -> names.contains(entry.parameter())).toList());
  }

  private static void compare(List<Asked> asked, List<float[][]> answers) {
    assertThat(answers).hasSameSizeAs(asked);
    for (int i = 0; i < answers.size(); i++) {
      float[][] expected = asked.get(i).expected();
      assertThat(answers.get(i)).hasDimensions(expected.length, expected[0].length);
      for (int row = 0; row < expected.length; row++) {
        for (int output = 0; output < expected[row].length; output++) {
          assertThat((double) answers.get(i)[row][output])
              .as("request %d of %d, row %d, output %d", i, answers.size(), row, output)
              .isCloseTo(
                  expected[row][output],
                  within(TOLERANCE * Math.max(1, Math.abs(expected[row][output]))));
        }
      }
    }
  }

  @Test
  void aTextAloneGetsTheSameBitsEachTime() {
    try (Base base = TinyBert.load("gelu");
        MixedPass pass = over(base)) {
      PreparedDelta delta = pass.prepare(randomDelta(base, 0.05));
      PreparedDelta other = pass.prepare(randomDelta(base, 0.5));
      Head head = TinyBert.randomHead(random, 3, hidden(base));
      Request request = new Request(text(base, 9), delta, head, null);
      float[][] first = pass.logits(List.of(request)).getFirst();
      for (int round = 0; round < 20; round++) {
        List<Request> mixed = new ArrayList<>();
        for (int i = 0; i <= round; i++) {
          mixed.add(new Request(text(base, 2 + i % 20), other, head, null));
        }
        pass.logits(mixed);
        assertThat(pass.logits(List.of(request)).getFirst()).isDeepEqualTo(first);
      }
    }
  }

  /** What a text alone would get is not what it gets as one half of a joint pair. */
  @Test
  void theTypesOfAJointPairCount() {
    try (Base base = TinyBert.load("gelu");
        MixedPass pass = over(base)) {
      PreparedDelta delta = pass.prepare(randomDelta(base, 0.05));
      Head head = TinyBert.randomHead(random, 3, hidden(base));
      Encoding joint = TinyBert.joint(base, random, 12);
      Request typed = new Request(joint, delta, head, null);
      Request plain = new Request(Encoding.ofTokens(joint.ids()), delta, head, null);
      Request pair =
          new Request(
              pair(base, text(base, 5)),
              delta,
              TinyBert.randomHead(random, 3, 4 * hidden(base)),
              null);
      List<float[][]> together = pass.logits(List.of(typed, pair, plain, typed));
      assertThat(together.get(0)[0]).isNotEqualTo(together.get(2)[0]);
      float[][] alone = pass.logits(List.of(typed)).getFirst();
      for (int output = 0; output < 3; output++) {
        for (int same : new int[] {0, 3}) {
          assertThat((double) together.get(same)[0][output])
              .isCloseTo(alone[0][output], within(TOLERANCE));
        }
      }
    }
  }

  @Test
  void theBaseStaysAsItIs() {
    try (Base base = TinyBert.load("gelu")) {
      try (MixedPass pass = over(base)) {
        PreparedDelta delta = pass.prepare(randomDelta(base, 0.5));
        Head head = TinyBert.randomHead(random, 3, hidden(base));
        pass.logits(List.of(new Request(text(base, 9), delta, head, null)));
        assertThat(delta.bytes()).isPositive();
      }
      assertThat(base.currentDigest()).isEqualTo(base.digest());
    }
  }

  @Test
  void nothingAskedIsNothingAnswered() {
    try (Base base = TinyBert.load("gelu");
        MixedPass pass = over(base)) {
      assertThat(pass.logits(List.of())).isEmpty();
    }
  }

  @Test
  void aPreparedDiffIsFreedByItsLastUser() {
    try (Base base = TinyBert.load("gelu");
        MixedPass pass = over(base)) {
      PreparedDelta delta = pass.prepare(randomDelta(base, 0.05));
      assertThat(delta.retain()).isTrue();
      delta.release();
      Head head = TinyBert.randomHead(random, 3, hidden(base));
      assertThat(pass.logits(List.of(new Request(text(base, 9), delta, head, null)))).hasSize(1);
      delta.release();
      assertThat(delta.retain()).isFalse();
      assertThatThrownBy(delta::release).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aDiffThatDoesNotFitIsRefused() {
    try (Base base = TinyBert.load("gelu");
        MixedPass pass = over(base)) {
      Parameter parameter = base.parameters().getFirst();
      int size = parameter.size();
      assertRefused(pass, "no.such.weight", new int[] {0}, ErrorCode.BASE_MISMATCH);
      assertRefused(pass, parameter.name(), new int[] {size}, ErrorCode.BASE_MISMATCH);
      assertRefused(pass, parameter.name(), new int[] {1, 1}, ErrorCode.MALFORMED_DIFF);
      assertRefused(pass, parameter.name(), new int[] {-1}, ErrorCode.MALFORMED_DIFF);
    }
  }

  private static void assertRefused(
      MixedPass pass, String parameter, int[] positions, ErrorCode code) {
    SparseDelta delta =
        new SparseDelta(
            List.of(new SparseDelta.Entry(parameter, positions, new float[positions.length])));
    assertThatThrownBy(() -> pass.prepare(delta))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void aRequestThatDoesNotFitIsRefusedAndTheNextIsAnswered() {
    try (Base base = TinyBert.load("gelu");
        MixedPass pass = over(base)) {
      PreparedDelta delta = pass.prepare(randomDelta(base, 0.05));
      Head head = TinyBert.randomHead(random, 3, hidden(base));
      Encoding text = text(base, 9);
      Request good = new Request(text, delta, head, null);
      int longest = base.architecture().maxPositions();
      for (Request bad :
          List.of(
              new Request(text(base, longest + 1), delta, head, null),
              new Request(Encoding.ofTokens(new int[] {-1}), delta, head, null),
              new Request(
                  Encoding.ofTokens(new int[] {base.architecture().vocab()}), delta, head, null),
              new Request(text, delta, TinyBert.randomHead(random, 3, hidden(base) + 1), null),
              new Request(pair(base, text), delta, head, null),
              new Request(text, delta, base.newTiedHead(), null),
              new Request(text, delta, head, new int[] {9}))) {
        assertThatThrownBy(() -> pass.logits(List.of(good, bad)))
            .isInstanceOf(IllegalArgumentException.class);
        assertThat(pass.logits(List.of(good))).hasSize(1);
      }
    }
  }

  private static int hidden(Base base) {
    return base.architecture().hidden();
  }

  private Encoding text(Base base, int tokens) {
    return TinyBert.text(base, random, tokens);
  }

  private Encoding pair(Base base, Encoding first) {
    int[] second = ids(base, 1 + random.nextInt(base.architecture().maxPositions()));
    int[] ids = Arrays.copyOf(first.ids(), first.length() + second.length);
    System.arraycopy(second, 0, ids, first.length(), second.length);
    return Encoding.ofTokens(ids, first.length());
  }

  private int[] ids(Base base, int tokens) {
    return random.ints(tokens, 0, base.architecture().vocab()).toArray();
  }

  private void fill(Head head) {
    for (int i = 0; i < head.weight().capacity(); i++) {
      head.weight().put(i, head.weight().get(i) + (float) random.nextGaussian() * 0.1f);
    }
    for (int i = 0; i < head.outputs(); i++) {
      head.bias().put(i, (float) random.nextGaussian());
    }
  }

  /** Some values of each parameter, of none if the density is 0. */
  private SparseDelta randomDelta(Base base, double density) {
    List<SparseDelta.Entry> entries = new ArrayList<>();
    for (Parameter parameter : base.parameters()) {
      TreeSet<Integer> positions = new TreeSet<>();
      for (int i = 0; i < parameter.size(); i++) {
        if (random.nextDouble() < density) {
          positions.add(i);
        }
      }
      if (density == 0 || positions.isEmpty()) {
        continue;
      }
      int[] sorted = positions.stream().mapToInt(Integer::intValue).toArray();
      float[] values = new float[sorted.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian() * 0.05f;
      }
      entries.add(new SparseDelta.Entry(parameter.name(), sorted, values));
    }
    Collections.shuffle(entries, random);
    return new SparseDelta(entries);
  }
}
