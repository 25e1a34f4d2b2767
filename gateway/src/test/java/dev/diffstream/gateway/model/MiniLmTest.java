package dev.diffstream.gateway.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.diff.DiffHead;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.Probes;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.input.TextReading;
import dev.diffstream.base.mixed.KernelPass;
import dev.diffstream.gateway.InMemoryBackends;
import dev.diffstream.gateway.announcement.AnnouncementFollower;
import dev.diffstream.gateway.announcement.DiffLoader;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.inference.Deadline;
import dev.diffstream.gateway.inference.InferenceThread;
import dev.diffstream.gateway.inference.ModelPreparer;
import dev.diffstream.gateway.inference.TaskPart;
import dev.diffstream.gateway.residency.ResidencySender;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.diff.model.Diff.ProbeAnswers;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.DiffMetadataBuilder;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.diff.probe.ProbeSentences;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.signature.TrustedKeys;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** The real base: answers stay bit for bit what they were, and so does the base (I6, I7). */
final class MiniLmTest {
  private static final long SEED = Long.getLong("diffstream.test.seed", 20260102L);
  private static final int POSITIONS_A_TENSOR = 200;
  private static final Base BASE = Base.miniLm();
  private static final TextModel MODEL = new TextModel(BASE, new KernelPass(BASE, 2), 512);
  private static final List<String> TEXTS =
      List.of("What a wonderful film.", "I want my money back", "x", "naïve café ☕");

  static {
    System.out.println("seed: -Ddiffstream.test.seed=" + SEED);
  }

  @AfterAll
  static void close() {
    MODEL.close();
  }

  @Test
  void answersDoNotChangeWhenOtherTasksAreLoadedAndAsked() throws Exception {
    InMemoryBackends backends = new InMemoryBackends();
    InferenceThread inference = new InferenceThread(MODEL, 64);
    inference.start();
    try (inference) {
      AnnouncementFollower follower = follower(backends, inference);
      backends.announce("one", 1, MODEL.baseDigest(), diff("one", Objective.CLASSIFICATION, 1));
      follower.step(Duration.ZERO);
      float[][] before = ask(follower, inference, "one");
      for (int task = 2; task <= 5; task++) {
        Objective objective = task % 2 == 0 ? Objective.PAIR_CLASSIFICATION : Objective.REGRESSION;
        String name = "task-" + task;
        backends.announce(name, 1, MODEL.baseDigest(), diff(name, objective, task));
        follower.step(Duration.ZERO);
        assertThat(follower.catalog().resident()).containsKey(name);
        ask(follower, inference, name);
        assertThat(ask(follower, inference, "one")).isDeepEqualTo(before);
      }
      assertThat(ask(follower, inference, "task-2"))
          .isNotEqualTo(ask(follower, inference, "task-3"));
    }
    assertThat(BASE.currentDigest()).isEqualTo(MODEL.baseDigest());
  }

  @Test
  void aDiffThatOverlapsAnotherIsRestoredExactly() {
    PreparedDiff first = MODEL.prepare(DiffReader.read(diff("a", Objective.CLASSIFICATION, 1)));
    PreparedDiff second = MODEL.prepare(DiffReader.read(diff("b", Objective.CLASSIFICATION, 1)));
    float[] answer = scores(first);
    scores(second);
    assertThat(scores(first)).containsExactly(answer);
    assertThat(BASE.currentDigest()).isEqualTo(MODEL.baseDigest());
  }

  /** The probes of the file are recorded by the code that workers use, one by one. */
  @Test
  void aJointPairIsServedAsItsWorkerRecordedIt() throws Exception {
    InMemoryBackends backends = new InMemoryBackends();
    InferenceThread inference = new InferenceThread(MODEL, 64);
    inference.start();
    try (inference) {
      AnnouncementFollower follower = follower(backends, inference);
      Diff joint =
          DiffReader.read(diff("joint", Objective.PAIR_CLASSIFICATION, PairEncoding.JOINT, 7));
      Diff recorded = new Diff(joint.metadata(), joint.tensors(), joint.head(), recorded(joint));
      backends.announce("joint", 1, MODEL.baseDigest(), DiffWriter.write(recorded));
      follower.step(Duration.ZERO);
      assertThat(follower.catalog().resident()).containsKey("joint");
      assertThat(ask(follower, inference, "joint")).hasDimensions(TEXTS.size(), 3);
    }
    assertThat(BASE.currentDigest()).isEqualTo(MODEL.baseDigest());
  }

  private static ProbeAnswers recorded(Diff diff) {
    Overlay overlay = new Overlay(BASE);
    overlay.apply(
        new SparseDelta(
            diff.tensors().stream()
                .map(t -> new SparseDelta.Entry(t.name(), t.positions(), t.values()))
                .toList()));
    try {
      float[][] rows =
          Probes.outputs(
              BASE,
              DiffHead.of(BASE, diff),
              diff.metadata().objective(),
              TextReading.of(diff.metadata()));
      float[] logits = new float[rows.length * rows[0].length];
      for (int i = 0; i < rows.length; i++) {
        System.arraycopy(rows[i], 0, logits, i * rows[0].length, rows[0].length);
      }
      return new ProbeAnswers(rows.length, rows[0].length, logits);
    } finally {
      overlay.restore();
    }
  }

  @Test
  void singleTextsAndBothKindsOfPairsAreAnsweredTogetherAsAlone() {
    List<PreparedDiff> diffs = new ArrayList<>();
    for (PairEncoding pairs : PairEncoding.values()) {
      diffs.add(
          MODEL.prepare(
              DiffReader.read(diff("p" + pairs, Objective.PAIR_CLASSIFICATION, pairs, 3))));
      diffs.add(
          MODEL.prepare(DiffReader.read(diff("r" + pairs, Objective.PAIR_REGRESSION, pairs, 4))));
    }
    diffs.add(MODEL.prepare(DiffReader.read(diff("t", Objective.CLASSIFICATION, 5))));
    List<Question> questions = new ArrayList<>();
    for (String text : TEXTS) {
      for (PreparedDiff prepared : diffs) {
        @Nullable String pair = prepared.metadata().objective().pairs() ? TEXTS.getFirst() : null;
        questions.add(new Question(prepared, new Example.OfText(text, pair)));
      }
    }
    Collections.shuffle(questions, new Random(SEED));
    List<Supplier<Answer>> together = MODEL.answers(questions);
    for (int i = 0; i < questions.size(); i++) {
      Answer alone = MODEL.answer(questions.get(i).prepared(), questions.get(i).example());
      assertThat(((Answer.Scores) together.get(i).get()).logits())
          .containsExactly(((Answer.Scores) alone).logits(), within(1e-4f));
    }
  }

  @Test
  void oneExampleIsTokenisedForEachWayToReadIt() {
    PreparedDiff joint =
        MODEL.prepare(DiffReader.read(diff("j", Objective.PAIR_REGRESSION, PairEncoding.JOINT, 1)));
    PreparedDiff separate = MODEL.prepare(DiffReader.read(diff("s", Objective.PAIR_REGRESSION, 2)));
    String longText = "so it goes on ".repeat(60);
    List<Example> encoded =
        MODEL.encode(List.of(joint, separate, joint), new Example.OfText(longText, "short"));
    assertThat(encoded.get(0)).isSameAs(encoded.get(2));
    assertThat(((Example.OfTokens) encoded.get(0)).encoding().isPair()).isFalse();
    assertThat(((Example.OfTokens) encoded.get(0)).encoding().length()).isEqualTo(128);
    assertThat(((Example.OfTokens) encoded.get(1)).encoding().isPair()).isTrue();
    assertThat(encoded.get(0).isTruncated()).isTrue();
  }

  @Test
  void aDiffThatSaysOtherFeaturesThanItsPairsHaveIsRefused() throws Exception {
    InferenceThread inference = new InferenceThread(MODEL, 64);
    inference.start();
    try (inference) {
      ModelPreparer preparer = new ModelPreparer(MODEL, inference);
      Diff joint = DiffReader.read(diff("j", Objective.PAIR_REGRESSION, PairEncoding.JOINT, 1));
      for (String[] said : new String[][] {{"pair", "joint"}, {"joint", "separate"}}) {
        DiffMetadata metadata =
            DiffMetadataBuilder.builder(joint.metadata())
                .features(said[0])
                .pairEncoding(said[1])
                .build();
        byte[] file =
            DiffWriter.write(new Diff(metadata, joint.tensors(), joint.head(), joint.probes()));
        assertThatThrownBy(() -> preparer.prepare("d", file))
            .hasMessageContaining("expected feature kind")
            .hasMessageContaining("got " + said[0]);
      }
      DiffMetadata unknown =
          DiffMetadataBuilder.builder(joint.metadata()).pairEncoding("crossed").build();
      byte[] file =
          DiffWriter.write(new Diff(unknown, joint.tensors(), joint.head(), joint.probes()));
      assertThatThrownBy(() -> preparer.prepare("d", file))
          .hasMessageContaining("expected pair.encoding separate or joint, got crossed");
    }
  }

  @Test
  void longTextsAreCutBeforeTheyAreTokenised() {
    PreparedDiff prepared = MODEL.prepare(DiffReader.read(diff("a", Objective.CLASSIFICATION, 1)));
    String words = "so it goes on ";
    Example whole = MODEL.encode(prepared, new Example.OfText(words, null));
    assertThat(whole.isTruncated()).isFalse();
    Example longer = MODEL.encode(prepared, new Example.OfText(words.repeat(200), null));
    assertThat(longer.isTruncated()).isTrue();
    Example huge = MODEL.encode(prepared, new Example.OfText(words.repeat(500_000), null));
    assertThat(huge.isTruncated()).isTrue();
    assertThat(((Example.OfTokens) huge).encoding().ids())
        .containsExactly(((Example.OfTokens) longer).encoding().ids());
    Example spaces = MODEL.encode(prepared, new Example.OfText(" ".repeat(1 << 20) + "x", null));
    assertThat(spaces.isTruncated()).isTrue();
    assertThat(((Example.OfTokens) spaces).encoding().length()).isEqualTo(2);
  }

  @Test
  void aDiffOfAnotherShapeIsRefused() {
    Diff good = DiffReader.read(diff("a", Objective.CLASSIFICATION, 1));
    String name = good.tensors().getFirst().name();
    refused(
        with(good, new SparseTensor("no.such.weight", List.of(1), new int[] {0}, new float[] {1})));
    refused(
        with(good, new SparseTensor(name, List.of(1 << 30, 1), new int[] {0}, new float[] {1})));
    DenseHead narrow = new DenseHead(2, 3, new float[6], new float[2]);
    refused(new Diff(good.metadata(), good.tensors(), narrow, null));
  }

  private static Diff with(Diff diff, SparseTensor tensor) {
    return new Diff(diff.metadata(), List.of(tensor), diff.head(), null);
  }

  private static void refused(Diff diff) {
    assertThatThrownBy(() -> MODEL.prepare(diff))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageStartingWith("MALFORMED_DIFF: expected ");
  }

  private static AnnouncementFollower follower(
      InMemoryBackends backends, InferenceThread inference) {
    return new AnnouncementFollower(
        backends.log,
        new DiffLoader(
            backends.store, new ModelPreparer(MODEL, inference), 1 << 26, TrustedKeys.NONE),
        new ResidencySender(backends.log, "gateway-1", "i-1", InstantSource.system()),
        io.opentelemetry.api.OpenTelemetry.noop(),
        InstantSource.system());
  }

  private static float[] scores(PreparedDiff prepared) {
    Example example = new Example.OfText(TEXTS.getFirst(), null);
    return ((Answer.Scores) MODEL.answer(prepared, example)).logits();
  }

  private static float[][] ask(
      AnnouncementFollower follower, InferenceThread inference, String task) {
    ResidentDiff diff = follower.catalog().find(task);
    boolean pairs = diff.metadata().objective().pairs();
    return inference
        .infer(
            new TaskPart(diff.prepared(), task, false),
            Example.texts(TEXTS, pairs ? TEXTS.reversed() : null),
            Deadline.NONE,
            "")
        .join()
        .answers()
        .stream()
        .map(answer -> ((Answer.Scores) answer).logits())
        .toArray(float[][]::new);
  }

  /** A diff with random positions in every weight, and probes that the model itself answers. */
  private static byte[] diff(String task, Objective objective, long stream) {
    return diff(task, objective, PairEncoding.SEPARATE, stream);
  }

  private static byte[] diff(String task, Objective objective, PairEncoding pairs, long stream) {
    Random random = new Random(SEED + stream);
    List<SparseTensor> tensors = new ArrayList<>();
    for (Parameter parameter : parameters()) {
      if (parameter.name().endsWith("weight")) {
        tensors.add(changes(parameter, random));
      }
    }
    int outputs = objective.real() ? 1 : 3;
    int features = BASE.featureCount(objective, pairs);
    float[] weight = new float[outputs * features];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (float) random.nextGaussian();
    }
    DenseHead head = new DenseHead(outputs, features, weight, new float[outputs]);
    int nonzeros = tensors.stream().mapToInt(t -> t.positions().length).sum();
    DiffMetadata metadata =
        DiffMetadata.learned()
            .baseDigest(MODEL.baseDigest())
            .baseName(MODEL.baseName())
            .baseParameters(22_565_376)
            .taskId(task)
            .objective(objective)
            .method("diff-pruning")
            .precision(ValuePrecision.FP32)
            .nonzeros(nonzeros)
            .labels(objective.real() ? List.of() : List.of("a", "b", "c"))
            .features(MODEL.featureKind(objective, pairs))
            .pairEncoding(objective.pairs() ? pairs.text() : null)
            .maxTokens(128)
            .metrics(Map.of("score", 0.9, "majority", 0.5))
            .tokenizerDigest(MODEL.inputDigest())
            .dataDigest(Sha256.of("data"))
            .seed(SEED)
            .codeVersion("test")
            .build();
    Diff plain = new Diff(metadata, tensors, head, null);
    return DiffWriter.write(new Diff(metadata, tensors, head, probes(plain)));
  }

  private static ProbeAnswers probes(Diff diff) {
    PreparedDiff prepared = MODEL.prepare(diff);
    int outputs = diff.head().outputs();
    float[] logits = new float[ProbeSentences.V1.size() * outputs];
    for (int i = 0; i < ProbeSentences.V1.size(); i++) {
      var probe = ProbeSentences.V1.get(i);
      @Nullable String pair = diff.metadata().objective().pairs() ? probe.textPair() : null;
      System.arraycopy(
          MODEL.probe(prepared, new Example.OfText(probe.text(), pair)),
          0,
          logits,
          i * outputs,
          outputs);
    }
    return new ProbeAnswers(ProbeSentences.V1.size(), outputs, logits);
  }

  private static SparseTensor changes(Parameter parameter, Random random) {
    int[] positions =
        random.ints(0, parameter.size()).distinct().limit(POSITIONS_A_TENSOR).sorted().toArray();
    float[] values = new float[positions.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.1f * (float) random.nextGaussian();
    }
    return new SparseTensor(parameter.name(), parameter.shape(), positions, values);
  }

  private static List<Parameter> parameters() {
    return BASE.parameters();
  }
}
