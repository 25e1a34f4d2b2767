package dev.diffstream.gateway.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.mixed.KernelPass;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.inference.InferenceThread;
import dev.diffstream.gateway.inference.SelfTest;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.diff.model.Diff.ProbeAnswers;
import dev.diffstream.schemas.diff.model.Diff.TiedHead;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.diff.probe.ProbeSentences;
import dev.diffstream.schemas.event.Objective;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Objectives that ask single tokens, on the real base: what is answered, loaded and refused. */
final class TokenAnswersTest {
  private static final Base BASE = Base.miniLm();
  private static final TextModel MODEL = new TextModel(BASE, new KernelPass(BASE, 2), 512);
  private final Random random = new Random(3);

  @AfterAll
  static void close() {
    MODEL.close();
  }

  @Test
  void aWordIsAnsweredByTheStateOfItsFirstToken() {
    DenseHead head = new DenseHead(3, 384, gaussians(3 * 384, 0.1f), new float[] {0.5f, 0, -0.5f});
    PreparedDiff prepared = loaded(Objective.TOKEN_CLASSIFICATION, head);
    String text = "Play unbelievable \u200d songs";
    Answer.Tagged answer = (Answer.Tagged) MODEL.answer(prepared, new Example.OfText(text, null));
    assertThat(answer.words()).hasSize(4);
    assertThat(answer.logits()[2]).isEmpty();
    var encoding = BASE.tokenizer().encodeWords(text, 64);
    float[][] states = BASE.encoder().hiddenStates(Batch.of(List.of(encoding.encoding())))[0];
    for (int word : new int[] {0, 1, 3}) {
      float[] state = states[encoding.positions()[word]];
      for (int tag = 0; tag < 3; tag++) {
        double expected = head.bias()[tag];
        for (int i = 0; i < 384; i++) {
          expected += (double) state[i] * head.weight()[tag * 384 + i];
        }
        assertThat((double) answer.logits()[word][tag]).isCloseTo(expected, within(1e-3));
      }
    }
  }

  @Test
  void aHugeTextIsTaggedToItsCut() {
    DenseHead head = new DenseHead(3, 384, gaussians(3 * 384, 0.1f), new float[3]);
    PreparedDiff prepared = loaded(Objective.TOKEN_CLASSIFICATION, head);
    Example encoded = MODEL.encode(prepared, new Example.OfText("x ".repeat(1 << 20), null));
    assertThat(encoded.isTruncated()).isTrue();
    Answer.Tagged answer = (Answer.Tagged) MODEL.answer(prepared, encoded);
    assertThat(answer.words()).hasSize(64 * 64 / 2);
    assertThat(answer.logits()[61]).hasSize(3);
    assertThat(answer.logits()[62]).isEmpty();
  }

  @Test
  void masksAreFilledByTheLikeliestTokens() {
    int word = BASE.tokenizer().encode("paris", null, 5).ids()[1];
    TiedHead head = tied();
    head.bias()[word] = 100;
    PreparedDiff prepared = loaded(Objective.MASKED_LM, head);
    Answer.Filled answer =
        (Answer.Filled)
            MODEL.answer(prepared, new Example.OfText("[MASK] is the capital of [MASK].", null));
    assertThat(answer.fills()).hasSize(2);
    for (List<Answer.Fill> fills : answer.fills()) {
      assertThat(fills).hasSize(5);
      assertThat(fills.get(0).token()).isEqualTo("paris");
      assertThat(fills.get(0).score()).isGreaterThan(0.99f);
      assertThat(fills.get(1).score()).isGreaterThanOrEqualTo(fills.get(2).score());
    }
    assertThatThrownBy(
            () -> MODEL.answer(prepared, new Example.OfText("nothing is hidden here", null)))
        .isInstanceOf(DiffstreamException.class)
        .hasMessage(
            "INVALID_REQUEST: expected the token [MASK] in each text, within its first 64 tokens");
  }

  @Test
  void aHeadForAnotherVocabularyIsRefused() {
    TiedHead head =
        new TiedHead(
            7,
            384,
            384,
            new float[384 * 384],
            new float[384],
            new float[384],
            new float[384],
            new float[7]);
    assertThatThrownBy(() -> MODEL.prepare(diff(Objective.MASKED_LM, head, null)))
        .hasMessage(
            "MALFORMED_DIFF: expected a head of 30522 words x 384 x 384, got 7 words x 384 x 384");
  }

  /** Written, read, prepared, and tested by its own probes as a gateway does. */
  private static PreparedDiff loaded(Objective objective, Diff.Head head) {
    PreparedDiff plain = MODEL.prepare(diff(objective, head, null));
    float[][] rows =
        ProbeSentences.V1.stream()
            .map(probe -> MODEL.probe(plain, new Example.OfText(probe.text(), null)))
            .toArray(float[][]::new);
    int width = rows[0].length;
    float[] probes = new float[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, probes, i * width, width);
    }
    Diff read =
        DiffReader.read(
            DiffWriter.write(diff(objective, head, new ProbeAnswers(rows.length, width, probes))));
    PreparedDiff prepared = MODEL.prepare(read);
    InferenceThread inference = new InferenceThread(MODEL, 4);
    inference.start();
    try (inference) {
      new SelfTest(MODEL, inference).of("d", read, prepared).run();
      probes[1] += 1;
      Diff wrong = diff(objective, head, new ProbeAnswers(rows.length, width, probes));
      assertThatThrownBy(new SelfTest(MODEL, inference).of("d", wrong, prepared)::run)
          .hasMessageStartingWith("SELF_TEST_FAILED: diff d: probe 0, output 1");
    }
    return prepared;
  }

  private TiedHead tied() {
    Head head = BASE.newTiedHead();
    float[] transform = new float[384 * 384];
    head.weight().get(0, transform);
    float[] norm = new float[384];
    Arrays.fill(norm, 0.1f);
    return new TiedHead(
        30522,
        384,
        384,
        transform,
        gaussians(384, 0.1f),
        norm,
        gaussians(384, 0.01f),
        gaussians(30522, 0.1f));
  }

  private float[] gaussians(int count, float deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = deviation * (float) random.nextGaussian();
    }
    return values;
  }

  private static Diff diff(Objective objective, Diff.Head head, @Nullable ProbeAnswers probes) {
    DiffMetadata metadata =
        DiffMetadata.learned()
            .baseDigest(MODEL.baseDigest())
            .baseName(MODEL.baseName())
            .baseParameters(22_565_376)
            .taskId("t")
            .objective(objective)
            .method("diff-pruning")
            .precision(ValuePrecision.FP32)
            .nonzeros(0)
            .labels(objective == Objective.MASKED_LM ? List.of() : List.of("B-x", "I-x", "O"))
            .features(objective.features())
            .maxTokens(64)
            .metrics(Map.of("score", 0.9, "majority", 0.5))
            .tokenizerDigest(MODEL.inputDigest())
            .dataDigest(Sha256.of("data"))
            .seed(1)
            .codeVersion("test")
            .build();
    return new Diff(metadata, List.of(), head, probes);
  }
}
