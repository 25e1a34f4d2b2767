package dev.diffstream.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.encoder.Targets;
import dev.diffstream.base.format.BaseSource;
import dev.diffstream.base.format.EncoderConfig;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.schemas.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The base that comes with the product. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MiniLmTest {
  private Base base;

  @BeforeAll
  void load() {
    base = Base.miniLm();
  }

  @AfterAll
  void close() {
    base.close();
  }

  @Test
  void hasAllItsTensors() {
    assertThat(base.parameters()).hasSize(101);
    assertThat(base.parameters().stream().mapToInt(Parameter::size).sum()).isEqualTo(22_565_376);
    assertThat(base.digest())
        .isEqualTo("21b95f031400ccab6076f842c0db6c58f763bf6a4fae2dbd2ae99639d979833f")
        .isEqualTo(base.currentDigest());
  }

  @Test
  void itsFilesDescribeIt() throws IOException {
    byte[] config = bytes("config.json");
    assertThat(EncoderConfig.parse(config)).isEqualTo(base.architecture());
    assertThat(Sha256.of(bytes("tokenizer.json"))).isEqualTo(base.tokenizer().digest());
    assertThat(BaseSource.miniLm().open("model.safetensors")).isEmpty();
  }

  private static byte[] bytes(String file) throws IOException {
    try (InputStream in = BaseSource.miniLm().open(file).orElseThrow()) {
      return in.readAllBytes();
    }
  }

  @Test
  void knowsWhichSentencesAreAlike() {
    float[][] features =
        base.encoder()
            .features(
                batch(
                    "A man is eating food.",
                    "A man is eating a meal.",
                    "The stock market fell sharply."));
    assertThat(cosine(features[0], features[1])).isCloseTo(0.926, within(0.001));
    assertThat(cosine(features[0], features[2])).isCloseTo(-0.004, within(0.001));
  }

  @Test
  void descendsAlongItsGradients() {
    Head head = new Head(2, base.encoder().featureCount(false));
    Random random = new Random(7);
    for (int i = 0; i < head.weight().capacity(); i++) {
      head.weight().put(i, 0.1f * (float) random.nextGaussian());
    }
    Batch batch = batch("It was a joy to watch.", "I left before the end.");
    Targets targets = new Targets.ClassTargets(new int[] {1, 0});
    float[][] before = base.encoder().logits(batch, head);
    try (Gradients gradients = base.encoder().step(batch, head, targets)) {
      assertThat(gradients.logits()[0]).containsExactly(before[0], within(1e-5f));
      assertThat(gradients.parameters()).hasSize(101);
      float rate = 0.01f;
      var bias = gradients.headBias();
      for (int i = 0; i < bias.capacity(); i++) {
        head.bias().put(i, head.bias().get(i) - rate * bias.get(i));
      }
      var weight = gradients.headWeight();
      for (int i = 0; i < weight.capacity(); i++) {
        head.weight().put(i, head.weight().get(i) - rate * weight.get(i));
      }
      try (Gradients after = base.encoder().step(batch, head, targets)) {
        assertThat(after.loss()).isLessThan(gradients.loss());
      }
    }
  }

  private Batch batch(String... texts) {
    List<Encoding> encodings =
        Stream.of(texts).map(text -> base.tokenizer().encode(text, null, 128)).toList();
    return Batch.of(encodings);
  }

  private static double cosine(float[] a, float[] b) {
    double dot = 0;
    double normA = 0;
    double normB = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      normA += (double) a[i] * a[i];
      normB += (double) b[i] * b[i];
    }
    return dot / Math.sqrt(normA * normB);
  }
}
