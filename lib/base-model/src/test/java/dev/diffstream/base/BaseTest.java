package dev.diffstream.base;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.event.Objective;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bases come from several kinds of files, under one digest; other files are refused. */
final class BaseTest {
  private static final String BIAS = "embeddings.LayerNorm.bias";

  @Test
  void onnxAndSafetensorsGiveOneDigest(@TempDir Path directory) throws IOException {
    String digest;
    String tokenizer;
    try (Base base = Base.miniLm()) {
      digest = base.digest();
      tokenizer = base.tokenizer().digest();
      Files.write(
          directory.resolve("model.safetensors"), SafetensorsFile.of(base, "bert.").bytes());
    }
    Files.writeString(
        directory.resolve("config.json"),
        """
        {"model_type": "bert", "hidden_size": 384, "num_hidden_layers": 6,
         "num_attention_heads": 12, "intermediate_size": 1536, "vocab_size": 30522,
         "max_position_embeddings": 512, "type_vocab_size": 2, "hidden_act": "gelu"}
        """);
    try (InputStream in = getClass().getResourceAsStream("/all-minilm-l6-v2-tokenizer.json")) {
      Files.copy(in, directory.resolve("tokenizer.json"));
    }
    try (Base again = Base.fromDirectory(directory)) {
      assertThat(again.name()).isEqualTo(directory.getFileName().toString());
      assertThat(again.digest()).isEqualTo(digest);
      assertThat(again.tokenizer().digest()).isEqualTo(tokenizer);
    }
  }

  @Test
  void prefixPoolerAndHeadsDoNotCount() {
    TinyBert plain = TinyBert.of("gelu");
    try (Base base = Base.from(plain)) {
      SafetensorsFile file = SafetensorsFile.of(base, "bert.");
      file.add("bert.pooler.dense.bias", "F32", List.of(2), new byte[8]);
      file.add("cls.predictions.bias", "F16", List.of(2), new byte[4]);
      file.add("classifier.weight", "F32", List.of(1, 1), new byte[4]);
      file.add("bert.embeddings.position_ids", "I64", List.of(1, 2), new byte[16]);
      try (Base dressed = Base.from(plain.with("model.safetensors", file.bytes()))) {
        assertThat(dressed.digest()).isEqualTo(base.digest());
      }
    }
  }

  /** The layout of docs/base-digest.md, written down a second time. */
  @Test
  void digestIsAsSpecified() {
    try (Base base = TinyBert.load("relu")) {
      ByteBuffer bytes = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
      bytes.put("diffstream-base-1\n".getBytes(UTF_8));
      for (Parameter parameter : base.parameters()) {
        bytes.putInt(parameter.name().length()).put(parameter.name().getBytes(UTF_8));
        bytes.putInt(3).put("F32".getBytes(UTF_8));
        bytes.putInt(parameter.shape().size());
        parameter.shape().forEach(bytes::putLong);
        bytes.putLong(4L * parameter.size());
        for (int i = 0; i < parameter.size(); i++) {
          bytes.putFloat(parameter.values().get(i));
        }
      }
      assertThat(base.digest()).isEqualTo(Sha256.of(bytes.flip()));
      assertThat(base.parameters()).extracting(Parameter::name).isSorted();
    }
  }

  @Test
  void aChangedValueIsFound() {
    try (Base base = TinyBert.load("gelu")) {
      base.verifyIntegrity();
      FloatBuffer values = base.parameters().getLast().values();
      float before = values.get(3);
      values.put(3, Math.nextUp(before));
      assertThatThrownBy(base::verifyIntegrity)
          .isInstanceOfSatisfying(
              DiffstreamException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH))
          .hasMessageContaining("base gelu")
          .hasMessageContaining("expected digest " + base.digest())
          .hasMessageContaining("got " + base.currentDigest());
      values.put(3, before);
      base.verifyIntegrity();
    }
  }

  @Test
  void tellsWhatADiffRecordsOfItsInputs() {
    try (Base texts = TinyBert.load("gelu");
        Base tensors = Base.from(TinyBert.ofModule("image"))) {
      assertThat(texts.inputDigest()).isEqualTo(texts.tokenizer().digest());
      assertThat(texts.featureKind(Objective.CLASSIFICATION, PairEncoding.SEPARATE))
          .isEqualTo("mean");
      assertThat(texts.featureKind(Objective.PAIR_REGRESSION, PairEncoding.SEPARATE))
          .isEqualTo("pair");
      assertThat(texts.featureKind(Objective.PAIR_REGRESSION, PairEncoding.JOINT))
          .isEqualTo("joint");
      assertThat(texts.featureKind(Objective.REGRESSION, PairEncoding.JOINT)).isEqualTo("mean");
      assertThat(texts.featureKind(Objective.TOKEN_CLASSIFICATION, PairEncoding.SEPARATE))
          .isEqualTo("word");
      assertThat(texts.featureKind(Objective.MASKED_LM, PairEncoding.SEPARATE)).isEqualTo("token");
      assertThat(tensors.inputDigest())
          .isEqualTo(Sha256.of(TinyBert.ofModule("image").bytes("base.json")));
      assertThat(tensors.featureKind(Objective.CLASSIFICATION, PairEncoding.SEPARATE))
          .isEqualTo("module");
    }
  }

  @Test
  void otherModelsAreRefused() {
    refusedConfig(
        "\"bert\"",
        "\"gpt2\"",
        "model_type is \"gpt2\", supported are bert, roberta, xlm-roberta, distilbert and electra");
    refusedConfig("\"gelu\"", "\"silu\"", "hidden_act is \"silu\", supported are gelu, gelu_new");
    refusedConfig(
        "\"is_decoder\": false", "\"is_decoder\": true", "is_decoder is true, supported is false");
    refusedConfig("\"hidden_size\": 32", "\"hidden_size\": 2000000000", "between 1 and 16384");
    refusedConfig("\"hidden_size\": 32", "\"hidden_size\": 30", "not a multiple");
    refusedConfig("\"vocab_size\": 41", "\"vocab_size\": \"41\"", "vocab_size is \"41\"");
    refusedConfig("{", "[", "config.json");
  }

  @Test
  void missingFilesAreNamed(@TempDir Path empty) {
    refused(() -> Base.fromDirectory(empty), "has no config.json");
    refused(
        () -> Base.from(TinyBert.of("gelu").with("tokenizer.json", new byte[0])), "tokenizer.json");
  }

  @Test
  void damagedWeightsAreRefused() {
    byte[] whole = TinyBert.of("gelu").bytes("model.safetensors");
    refusedWeights(Arrays.copyOf(whole, whole.length - 1), "ended inside");
    refusedWeights(Arrays.copyOf(whole, 100), "ended inside the header");
    refusedWeights(Arrays.copyOf(whole, 3), "ended inside the header");
    refusedWeights(Arrays.copyOf(whole, whole.length + 1), "more bytes follow");
    byte[] hugeHeader = whole.clone();
    hugeHeader[7] = 0x7f;
    refusedWeights(hugeHeader, "expected 2 to 16777216");
  }

  @Test
  void lyingHeadersAreRefused() {
    try (Base base = TinyBert.load("gelu")) {
      refusedHeader(base, file -> file.entry(BIAS, "F32", List.of(32), 4, 132), "expected 0");
      refusedHeader(base, file -> file.entry(BIAS, "F32", List.of(32), -4, 124), "has the offsets");
      refusedHeader(base, file -> file.entry(BIAS, "F16", List.of(32), 0, 128), "takes 128 bytes");
      refusedHeader(
          base, file -> file.entry(BIAS, "I32", List.of(32), 0, 128), "supported are F32");
      refusedHeader(base, file -> file.entry(BIAS, "F32", List.of(4, 8), 0, 128), "expected [32]");
      refusedHeader(base, file -> file.entry(BIAS, "F32", List.of(-32), 0, 128), "dimension -32");
      refusedHeader(
          base, file -> file.add("bert." + BIAS, "F32", List.of(32), new byte[128]), "twice");
      refusedHeader(
          base, file -> file.add("encoder.x", "F32", List.of(1), new byte[4]), "encoder.x");
      SafetensorsFile file = new SafetensorsFile();
      file.add(BIAS, "F32", List.of(32), new byte[128]);
      refusedWeights(file.bytes(), "lacks 36 of 37 tensors");
    }
  }

  private interface Change {
    SafetensorsFile to(SafetensorsFile file);
  }

  private static void refusedHeader(Base base, Change change, String message) {
    refusedWeights(change.to(SafetensorsFile.of(base, "")).bytes(), message);
  }

  private static void refusedWeights(byte[] file, String message) {
    refused(() -> Base.from(TinyBert.of("gelu").with("model.safetensors", file)), message);
  }

  private static void refusedConfig(String from, String to, String message) {
    TinyBert tiny = TinyBert.of("gelu");
    String config = new String(tiny.bytes("config.json"), UTF_8);
    assertThat(config).contains(from);
    byte[] changed = config.replace(from, to).getBytes(UTF_8);
    refused(() -> Base.from(tiny.with("config.json", changed)), message);
  }

  private static void refused(Runnable loading, String message) {
    assertThatThrownBy(loading::run)
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BASE_UNKNOWN))
        .hasMessageContaining(message);
  }
}
