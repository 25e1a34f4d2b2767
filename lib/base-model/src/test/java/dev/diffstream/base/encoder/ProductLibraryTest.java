package dev.diffstream.base.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.TinyBert;
import dev.diffstream.base.engine.ProductLibrary;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.network.TransformerNetwork;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every library of products computes the same network, forward and backward. */
class ProductLibraryTest {
  private static final long SEED = 20261130;

  private final Random random = new Random(SEED);
  private final Base base = TinyBert.load("gelu");

  @AfterEach
  void close() {
    base.close();
  }

  private Batch batch(int texts) {
    List<Encoding> encodings = new ArrayList<>();
    for (int i = 0; i < texts; i++) {
      encodings.add(TinyBert.text(base, random, 3 + random.nextInt(15)));
    }
    return Batch.of(encodings);
  }

  private Encoder encoder(ProductLibrary library) {
    return new Encoder(TransformerNetwork.of(base.architecture(), base.parameters(), library));
  }

  @ParameterizedTest
  @EnumSource
  void givesTheLossAndGradientsOfTheDefault(ProductLibrary library) {
    System.out.println("seed " + SEED);
    Encoder other = encoder(ProductLibrary.DEFAULT);
    Encoder encoder = encoder(library);
    for (int texts : new int[] {1, 2, 7}) {
      Batch batch = batch(texts);
      Head head = TinyBert.randomHead(random, 3, 32);
      Targets targets = new Targets.ClassTargets(new int[texts]);
      try (Gradients expected = other.step(batch, head, targets);
          Gradients step = encoder.step(batch, head, targets)) {
        assertThat(step.loss()).isCloseTo(expected.loss(), within(1e-5f));
        for (int p = 0; p < base.parameters().size(); p++) {
          assertClose(step.parameters().get(p), expected.parameters().get(p));
        }
        assertClose(step.headWeight(), expected.headWeight());
      }
    }
    encoder.close();
    other.close();
  }

  @ParameterizedTest
  @EnumSource
  void eachGivesTheSameBitsAgain(ProductLibrary library) {
    Batch batch = batch(5);
    Head head = TinyBert.randomHead(random, 3, 32);
    Targets targets = new Targets.ClassTargets(new int[5]);
    Encoder first = encoder(library);
    Encoder second = encoder(library);
    try (Gradients once = first.step(batch, head, targets);
        Gradients again = second.step(batch, head, targets)) {
      for (int p = 0; p < base.parameters().size(); p++) {
        assertThat(again.parameters().get(p)).isEqualTo(once.parameters().get(p));
      }
    } finally {
      first.close();
      second.close();
    }
  }

  private static void assertClose(FloatBuffer actual, FloatBuffer expected) {
    assertThat(actual.capacity()).isEqualTo(expected.capacity());
    for (int i = 0; i < expected.capacity(); i++) {
      assertThat(actual.get(i)).isCloseTo(expected.get(i), within(1e-5f));
    }
  }
}
