package dev.diffstream.base;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.format.ParameterMemory;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Weights as people have them: old names, heads, several files, other number formats. */
final class WeightFilesTest {
  @SuppressWarnings("unused") // a field source
  static final List<String> FAMILIES = TinyBert.FAMILIES;

  private static final String WEIGHTS = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void normsMayBeNamedGammaAndBeta(String family) {
    TinyBert tiny = TinyBert.ofFamily(family);
    try (Base base = Base.from(tiny)) {
      SafetensorsFile file = SafetensorsFile.of(base, WeightFilesTest::oldName, parameter -> "F32");
      assertThat(file.bytes()).asString(UTF_8).contains("gamma").contains("beta");
      assertSameDigest(base, tiny.with(WEIGHTS, file.bytes()));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "bert,bert.embeddings.position_ids,I64",
    "bert,embeddings.token_type_ids,I64",
    "bert,bert.pooler.dense.weight,F32",
    "bert,cls.predictions.decoder.weight,F32",
    "bert,cls.predictions.transform.LayerNorm.gamma,F16",
    "bert,cls.seq_relationship.bias,BF16",
    "bert,classifier.weight,F64",
    "roberta,lm_head.decoder.weight,F32",
    "roberta,roberta.embeddings.position_ids,I64",
    "xlm-roberta,classifier.out_proj.bias,F32",
    "distilbert,vocab_projector.weight,F32",
    "distilbert,pre_classifier.bias,F32",
    "electra,generator_lm_head.weight,F32",
    "electra,discriminator_predictions.dense.bias,F32"
  })
  void tensorsThatAreKnownToBeNoPartAreIgnored(String family, String name, String type) {
    TinyBert tiny = TinyBert.ofFamily(family);
    try (Base base = Base.from(tiny)) {
      SafetensorsFile file = SafetensorsFile.of(base, "").add(name, type, List.of(2), new byte[16]);
      assertThat(warningsOf(() -> assertSameDigest(base, tiny.with(WEIGHTS, file.bytes()))))
          .isEmpty();
    }
  }

  @Test
  void unknownHeadsAreNotUsedAndWarnedOf() {
    TinyBert tiny = TinyBert.of("gelu");
    try (Base base = Base.from(tiny)) {
      SafetensorsFile file =
          SafetensorsFile.of(base, "bert.")
              .add("crf.transitions", "F32", List.of(3, 3), new byte[36])
              .add("score.weight", "F32", List.of(2, 32), new byte[256]);
      assertThat(warningsOf(() -> assertSameDigest(base, tiny.with(WEIGHTS, file.bytes()))))
          .singleElement()
          .asString()
          .startsWith("2 tensors are no part of a bert encoder and are not used: ")
          .contains("crf.transitions", "score.weight");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "encoder.layer.0.attention.self.distance_embedding.weight",
        "bert.encoder.layer.2.output.dense.bias",
        "encoder.layer.0.attention.output.adapter.down.weight",
        "embeddings.task_embeddings.weight"
      })
  void unknownTensorsWithinTheEncoderAreRefused(String name) {
    TinyBert tiny = TinyBert.of("gelu");
    try (Base base = Base.from(tiny)) {
      SafetensorsFile file = SafetensorsFile.of(base, "").add(name, "F32", List.of(1), new byte[4]);
      assertRefused(tiny.with(WEIGHTS, file.bytes()), name.replaceFirst("^bert\\.", ""));
    }
  }

  @Test
  void namesWithAForeignPrefixAreShown() {
    TinyBert tiny = TinyBert.of("gelu");
    try (Base base = Base.from(tiny)) {
      assertRefused(
          tiny.with(WEIGHTS, SafetensorsFile.of(base, "model.bert.").bytes()),
          "lacks 37 of 37 tensors",
          "it has others, such as model.bert.embeddings.LayerNorm.bias");
    }
  }

  @Test
  void weightsMayLieInSeveralFiles() throws IOException {
    try (Base base = TinyBert.load("gelu")) {
      TinyBert sharded = sharded(base);
      assertSameDigest(base, sharded);
      assertRefused(sharded.without("b.safetensors"), "has no b.safetensors");
      assertRefused(
          sharded.with("b.safetensors", sharded.bytes("a.safetensors")), "b.safetensors", "twice");
      assertRefused(
          sharded.with("b.safetensors", new SafetensorsFile().bytes()),
          INDEX,
          "lacks 18 of 37 tensors");
    }
  }

  @Test
  void oneFileOfAllWeightsIsPreferred() throws IOException {
    try (Base base = TinyBert.load("gelu")) {
      TinyBert both = sharded(base).with(WEIGHTS, SafetensorsFile.of(base, "").bytes());
      assertSameDigest(base, both.with(INDEX, "{}".getBytes(UTF_8)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "",
        "{\"weight_map\":{}}",
        "{\"weight_map\":{\"x\":1}}",
        "{\"weight_map\":{\"x\":\"../other/model.safetensors\"}}",
        "{\"weight_map\":{\"x\":\"/etc/passwd\"}}",
        "{\"weight_map\":{\"x\":\"..\"}}"
      })
  void aBadIndexIsRefused(String index) {
    TinyBert tiny = TinyBert.of("gelu").without(WEIGHTS).with(INDEX, index.getBytes(UTF_8));
    assertRefused(tiny, INDEX);
  }

  @Test
  void missingWeightsAreNamedWithWhatToDo() {
    TinyBert tiny = TinyBert.of("gelu").without(WEIGHTS).with("pytorch_model.bin", new byte[9]);
    assertRefused(tiny, "has no model.safetensors and no " + INDEX, "save_pretrained");
  }

  @ParameterizedTest
  @ValueSource(strings = {"F16", "BF16", "F16 and F32", "BF16 and F32"})
  void weightsMayBeOfHalfPrecisionOrMixed(String types) {
    TinyBert tiny = TinyBert.of("gelu");
    try (Base base = Base.from(tiny)) {
      String half = types.split(" ")[0];
      SafetensorsFile file =
          SafetensorsFile.of(
              base,
              name -> name,
              parameter ->
                  types.contains("F32") && parameter.name().contains("LayerNorm") ? "F32" : half);
      try (Base loaded = Base.from(tiny.with(WEIGHTS, file.bytes()))) {
        for (int p = 0; p < base.parameters().size(); p++) {
          Parameter exact = base.parameters().get(p);
          boolean wide = types.contains("F32") && exact.name().contains("LayerNorm");
          for (int i = 0; i < exact.size(); i++) {
            float value = exact.values().get(i);
            float rounded =
                half.equals("F16")
                    ? Float.float16ToFloat(Float.floatToFloat16(value))
                    : Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xFFFF0000);
            assertThat(loaded.parameters().get(p).values().get(i))
                .as(exact.name())
                .isEqualTo(wide ? value : rounded);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{}", "{\"format\":\"pt\"}", "{\"step\":12}", "{\"l\":[1,{}]}", "7", "null"})
  void anyHeaderMetadataIsIgnored(String metadata) throws IOException {
    TinyBert tiny = TinyBert.of("gelu");
    try (Base base = Base.from(tiny)) {
      SafetensorsFile file = SafetensorsFile.of(base, "").metadata(JSON.readTree(metadata));
      assertSameDigest(base, tiny.with(WEIGHTS, file.bytes()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "  ", "   ", "       "})
  void headersOfAnyLengthAreRead(String padding) {
    TinyBert tiny = TinyBert.of("gelu");
    try (Base base = Base.from(tiny)) {
      assertSameDigest(base, tiny.with(WEIGHTS, SafetensorsFile.of(base, "").bytes(padding)));
    }
  }

  @Test
  void messagesStayShort() {
    TinyBert tiny = TinyBert.of("gelu");
    try (Base base = Base.from(tiny)) {
      SafetensorsFile file =
          SafetensorsFile.of(base, "")
              .add("encoder." + "x".repeat(10_000), "F32", List.of(1), new byte[4]);
      assertRefused(tiny.with(WEIGHTS, file.bytes()), "a tensor's name has 10008 characters");
      SafetensorsFile type =
          SafetensorsFile.of(base, "")
              .add("encoder.y", "T".repeat(100_000), List.of(1), new byte[4]);
      assertRefused(tiny.with(WEIGHTS, type.bytes()), "encoder.y");
    }
  }

  private static TinyBert sharded(Base base) throws IOException {
    SafetensorsFile[] shards = {new SafetensorsFile(), new SafetensorsFile()};
    ObjectNode index = JSON.createObjectNode();
    ObjectNode map = index.putObject("weight_map");
    int p = 0;
    for (Parameter parameter : base.parameters()) {
      byte[] bytes = new byte[4 * parameter.size()];
      parameter.bytes().get(bytes);
      String name = "bert." + parameter.name();
      shards[p % 2].add(name, "F32", parameter.shape(), bytes);
      map.put(name, p % 2 == 0 ? "a.safetensors" : "b.safetensors");
      p++;
    }
    return TinyBert.of("gelu")
        .without(WEIGHTS)
        .with("a.safetensors", shards[0].bytes())
        .with("b.safetensors", shards[1].bytes())
        .with(INDEX, JSON.writeValueAsBytes(index));
  }

  private static String oldName(String name) {
    return name.replaceFirst("((?:LayerNorm|layer_norm))\\.weight$", "$1.gamma")
        .replaceFirst("((?:LayerNorm|layer_norm))\\.bias$", "$1.beta");
  }

  private static void assertSameDigest(Base base, TinyBert files) {
    try (Base loaded = Base.from(files)) {
      assertThat(loaded.digest()).isEqualTo(base.digest());
    }
  }

  private static List<String> warningsOf(Runnable action) {
    Logger logger = (Logger) LoggerFactory.getLogger(ParameterMemory.class);
    ListAppender<ILoggingEvent> appender = new ListAppender<>();
    appender.start();
    logger.addAppender(appender);
    try {
      action.run();
    } finally {
      logger.detachAppender(appender);
    }
    return appender.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  private static void assertRefused(TinyBert files, String... parts) {
    assertThatThrownBy(() -> Base.from(files))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.BASE_UNKNOWN);
              assertThat(e.reason()).startsWith("base gelu has ").hasSizeLessThan(700);
              assertThat(e.reason()).contains(parts);
            });
  }
}
