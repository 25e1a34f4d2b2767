package dev.diffstream.base.mixed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.base.TinyBert;
import dev.diffstream.base.architecture.EncoderPlan;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.mixed.MixedPass.Request;
import dev.diffstream.base.mixed.SharedLayers.Stage;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What goes through which layers. */
final class SharedLayersTest {
  private final Base base = TinyBert.load("gelu");
  private final EncoderPlan plan = EncoderPlan.of(base.architecture());
  private final Head head = TinyBert.randomHead(new Random(1), 2, base.architecture().hidden());
  private final Encoding text = Encoding.ofTokens(new int[] {1, 2, 3, 4});
  private final Encoding other = Encoding.ofTokens(new int[] {1, 2, 3, 4, 5});

  @AfterEach
  void close() {
    base.close();
  }

  /** A diff of one value in this parameter. */
  private Request changing(String parameter, Encoding of) {
    SparseDelta delta =
        new SparseDelta(List.of(new SparseDelta.Entry(parameter, new int[] {0}, new float[] {1})));
    return new Request(of, new PackedDelta(plan, delta), head, null);
  }

  private Request changingNothing(Encoding of) {
    return new Request(of, new PackedDelta(plan, new SparseDelta(List.of())), head, null);
  }

  private Request changingLayer(int layer, Encoding of) {
    return changing(plan.layers().get(layer).down().weight(), of);
  }

  private List<Stage> stages(Request... requests) {
    return SharedLayers.stages(new PackedTokens(List.of(requests)), plan.layers().size());
  }

  @Test
  void aTextThatOneTaskIsAskedAboutIsNotShared() {
    List<Stage> stages = stages(changingLayer(1, text), changingLayer(1, other));
    assertThat(stages).hasSize(1);
    assertThat(stages.getFirst().from()).isZero();
    assertThat(stages.getFirst().to()).isEqualTo(plan.layers().size());
    assertThat(stages.getFirst().tokens().size()).isEqualTo(9);
  }

  @Test
  void theLowestChangedLayerEndsWhatIsShared() {
    assertThat(plan.layers()).hasSizeGreaterThanOrEqualTo(2);
    List<Stage> stages =
        stages(
            changingLayer(1, text),
            changingLayer(1, other),
            changingLayer(1, text),
            changingNothing(text));
    assertThat(stages).extracting(Stage::from).containsExactly(0, 1);
    assertThat(stages).extracting(Stage::to).containsExactly(1, plan.layers().size());
    assertThat(stages.getFirst().tokens().size()).as("both texts once").isEqualTo(9);
    assertThat(stages.getLast().tokens().size()).as("each request").isEqualTo(4 + 5 + 4 + 4);
    assertThat(stages.getLast().columns())
        .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 0, 1, 2, 3);
  }

  @Test
  void changedEmbeddingsAndTheFirstLayerShareNothing() {
    assertThat(stages(changingLayer(0, text), changingNothing(text))).hasSize(1);
    String words = plan.embeddings().words().name();
    assertThat(stages(changing(words, text), changingNothing(text))).hasSize(1);
    String norm = plan.embeddings().norm().bias();
    assertThat(stages(changing(norm, text), changingNothing(text))).hasSize(1);
  }

  @Test
  void headsAloneShareAllLayers() {
    List<Stage> stages = stages(changingNothing(text), changingNothing(text));
    int layers = plan.layers().size();
    assertThat(stages).extracting(Stage::from).containsExactly(0, layers);
    assertThat(stages).extracting(Stage::to).containsExactly(layers, layers);
    assertThat(stages.getFirst().tokens().size()).isEqualTo(4);
    assertThat(stages.getLast().tokens().size()).isEqualTo(8);
  }

  @Test
  void nothingIsNothing() {
    assertThat(stages()).hasSize(1);
  }
}
