package dev.diffstream.base.diff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.base.Base;
import dev.diffstream.base.TinyBert;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.input.Batch;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A change goes onto the base and comes off it, bit for bit. */
final class OverlayTest {
  private static final long SEED = Long.getLong("diffstream.test.seed", 7);
  private static final int[] ODD_BITS = {
    0x80000000,
    0x7fc00001,
    0x7f800001,
    0xffc0beef,
    0x7f800000,
    0xff800000,
    1,
    0x80000001,
    0x7f7fffff
  };

  private final Random random = new Random(SEED);
  private Base base;
  private Overlay overlay;

  @BeforeEach
  void load() {
    System.out.println("seed " + SEED);
    base = TinyBert.load("gelu");
    overlay = new Overlay(base);
  }

  @AfterEach
  void close() {
    base.close();
  }

  @Test
  void randomChangesComeAndGo() {
    for (int round = 0; round < 100; round++) {
      overlay = new Overlay(base, 1 + random.nextInt(50)); // more values than a block, and fewer
      for (int bits : ODD_BITS) {
        Parameter parameter = base.parameters().get(random.nextInt(base.parameters().size()));
        parameter.bytes().putInt(4 * random.nextInt(parameter.size()), bits);
      }
      Map<String, int[]> before = bits();
      String digest = base.currentDigest();
      SparseDelta delta = randomDelta();
      overlay.apply(delta);
      assertBits(sum(before, delta));
      while (random.nextBoolean()) {
        SparseDelta next = randomDelta();
        overlay.switchTo(next);
        assertBits(sum(before, next));
      }
      overlay.restore();
      assertBits(before);
      assertThat(base.currentDigest()).isEqualTo(digest);
    }
  }

  @Test
  void anAnswerUnderAChangeComesBackWithIt() {
    Head head = TinyBert.randomHead(random, 2, 32);
    Batch batch = Batch.of(List.of(TinyBert.text(base, random, 6)));
    SparseDelta delta = randomDelta();
    float[] bare = base.encoder().logits(batch, head)[0];
    overlay.apply(delta);
    float[] changed = base.encoder().logits(batch, head)[0];
    overlay.restore();
    assertThat(base.encoder().logits(batch, head)[0]).containsExactly(bare);
    overlay.apply(delta);
    assertThat(base.encoder().logits(batch, head)[0]).containsExactly(changed).isNotEqualTo(bare);
  }

  @Test
  void aBadChangeTouchesNothing() {
    Parameter last = base.parameters().getLast();
    refused(ErrorCode.BASE_MISMATCH, last.name(), new int[] {0, last.size()});
    refused(ErrorCode.MALFORMED_DIFF, last.name(), new int[] {2, 2});
    refused(ErrorCode.MALFORMED_DIFF, last.name(), new int[] {3, 1});
    refused(ErrorCode.MALFORMED_DIFF, last.name(), new int[] {-1, 1});
    refused(ErrorCode.MALFORMED_DIFF, last.name(), new int[] {1, Integer.MIN_VALUE});
    refused(ErrorCode.BASE_MISMATCH, "pooler.dense.weight", new int[] {0, 1});
    refused(ErrorCode.MALFORMED_DIFF, base.parameters().getFirst().name(), new int[] {0, 1});
  }

  @Test
  void aRefusedSwitchKeepsWhatLiesThere() {
    Map<String, int[]> before = bits();
    SparseDelta delta = randomDelta();
    overlay.apply(delta);
    SparseDelta bad =
        new SparseDelta(List.of(new SparseDelta.Entry("none", new int[1], new float[1])));
    assertThatThrownBy(() -> overlay.switchTo(bad)).isInstanceOf(DiffstreamException.class);
    assertBits(sum(before, delta));
    assertThatThrownBy(() -> overlay.apply(delta)).isInstanceOf(IllegalStateException.class);
    overlay.restore();
    assertThat(overlay.isApplied()).isFalse();
    assertBits(before);
  }

  private void refused(ErrorCode code, String parameter, int[] positions) {
    Map<String, int[]> before = bits();
    SparseDelta.Entry good =
        new SparseDelta.Entry(base.parameters().getFirst().name(), new int[] {0}, new float[] {1});
    SparseDelta.Entry bad = new SparseDelta.Entry(parameter, positions, new float[] {1, 1});
    assertThatThrownBy(() -> overlay.apply(new SparseDelta(List.of(good, bad))))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(parameter);
    assertBits(before);
    assertThat(overlay.isApplied()).isFalse();
  }

  private SparseDelta randomDelta() {
    List<SparseDelta.Entry> entries = new ArrayList<>();
    for (Parameter parameter : base.parameters()) {
      if (random.nextInt(4) > 0) {
        int[] positions =
            random.ints(random.nextInt(40), 0, parameter.size()).distinct().sorted().toArray();
        float[] values = new float[positions.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(9) - 6));
        }
        entries.add(new SparseDelta.Entry(parameter.name(), positions, values));
      }
    }
    return new SparseDelta(entries);
  }

  private Map<String, int[]> bits() {
    Map<String, int[]> bits = new HashMap<>();
    for (Parameter parameter : base.parameters()) {
      int[] copy = new int[parameter.size()];
      parameter.bytes().asIntBuffer().get(copy);
      bits.put(parameter.name(), copy);
    }
    return bits;
  }

  private static Map<String, int[]> sum(Map<String, int[]> before, SparseDelta delta) {
    Map<String, int[]> after = new HashMap<>();
    before.forEach((name, bits) -> after.put(name, bits.clone()));
    for (SparseDelta.Entry entry : delta.entries()) {
      int[] bits = Objects.requireNonNull(after.get(entry.parameter()));
      for (int i = 0; i < entry.positions().length; i++) {
        int at = entry.positions()[i];
        bits[at] = Float.floatToRawIntBits(Float.intBitsToFloat(bits[at]) + entry.values()[i]);
      }
    }
    return after;
  }

  private void assertBits(Map<String, int[]> expected) {
    bits().forEach((name, bits) -> assertThat(bits).as(name).isEqualTo(expected.get(name)));
  }
}
