package dev.diffstream.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.base.Base;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Other people's forms, there and back. */
class ExchangeCommandsTest extends DiffCommands {
  /** An adapter needs linear layers without changed biases. */
  private static final Predicate<String> SOME =
      name -> !(name.startsWith("encoder.layer.0.") && name.endsWith("bias"));

  private static final Predicate<String> LINEAR_AND_NORMS =
      name -> name.contains("LayerNorm") || name.startsWith("encoder") && name.endsWith("weight");

  @Test
  void plainTensorsComeBackAsTheyWere() {
    Path file = diff(4, ALL);
    Path plain = directory.resolve("plain.safetensors");
    Path back = directory.resolve("plain-back");
    export(file, "safetensors", plain);
    importInto(back, "safetensors", plain);
    Diff before = read(file);
    Diff after = read(back);
    assertThat(after.metadata()).isEqualTo(before.metadata());
    assertThat(weights(after)).isEqualTo(weights(before));
    assertThat(after.probes()).isNotNull();
    assertSameTensors(before, after, 0);
  }

  @Test
  void anAdapterComesBackAsItWas() {
    Path file = diff(11, SOME);
    Path adapter = directory.resolve("adapter");
    Path back = directory.resolve("adapter-back");
    Outcome refused =
        run(
            "diff",
            "export",
            file.toString(),
            "--format",
            "peft-shira",
            "--base",
            BASE,
            "--out",
            adapter.toString());
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("INVALID_REQUEST").contains("--others whole");
    assertThat(adapter).doesNotExist();

    export(file, "peft-shira", adapter, "--others", "whole");
    importInto(back, "peft-shira", adapter);
    assertSameTensors(read(file), read(back), 1e-7f);
    assertThat(read(back).metadata().metrics()).isEmpty();
    assertThat(read(back).metadata().method()).isEqualTo("import");
    assertThat(read(back).metadata().labels()).isEqualTo(read(file).metadata().labels());
  }

  @Test
  void refusesAnAdapterOfAnotherKindOrBase() throws IOException {
    Path adapter = directory.resolve("adapter-other");
    export(diff(6, LINEAR_AND_NORMS), "peft-shira", adapter);
    String[] command = {
      "diff", "import", adapter.toString(), "--format", "peft-shira", "--out", "none", "--base"
    };
    Outcome base = run(append(command, TinyDiffs.BASE.resolveSibling("relu").toString()));
    assertThat(base.status()).isEqualTo(1);
    assertThat(base.err()).contains("BASE_MISMATCH").contains("base.digest");

    Path config = adapter.resolve("adapter_config.json");
    Files.writeString(config, Files.readString(config).replace("SHIRA", "LORA"));
    Outcome kind = run(append(command, BASE));
    assertThat(kind.status()).isEqualTo(1);
    assertThat(kind.err()).contains("UNSUPPORTED_VERSION").contains("expected peft_type SHIRA");

    Files.writeString(config, "{");
    assertThat(run(append(command, BASE)).err()).contains("adapter_config.json: the file is not");
  }

  @ParameterizedTest
  @ValueSource(strings = {"peft-shira", "huggingface"})
  void exportsOntoItsOwnBaseAlone(String format) {
    Outcome outcome =
        run(
            "diff",
            "export",
            diff(5, ALL).toString(),
            "--format",
            format,
            "--base",
            TinyDiffs.BASE.resolveSibling("relu").toString(),
            "--out",
            "none");
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err()).contains("BASE_MISMATCH").contains("base digest: expected");
  }

  @Test
  void anAdapterWithoutSparseLayersIsRefused() {
    Path out = directory.resolve("adapter-whole");
    Outcome outcome =
        run(
            "diff",
            "export",
            diff(5, ALL).toString(),
            "--format",
            "peft-shira",
            "--base",
            BASE,
            "--others",
            "whole",
            "--out",
            out.toString());
    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err()).contains("INVALID_REQUEST").contains("expected a linear layer");
    assertThat(out).doesNotExist();
  }

  @Test
  void whatAnAdapterLeavesOutIsSaid() {
    Path adapter = directory.resolve("adapter-part");
    Path back = directory.resolve("adapter-part-back");
    Outcome outcome = export(diff(5, ALL), "peft-shira", adapter, "--others", "leave-out");
    assertThat(outcome.out()).contains("left out:").contains("of the diff's L2 norm");
    importInto(back, "peft-shira", adapter);
    assertThat(read(back).tensors())
        .extracting(SparseTensor::name)
        .isNotEmpty()
        .allMatch(LINEAR_AND_NORMS);
  }

  @Test
  void adaptersKeepTheirBytes() throws IOException {
    Path adapter = directory.resolve("adapter-golden");
    export(diff(6, LINEAR_AND_NORMS), "peft-shira", adapter, "--base-model", "tiny");
    for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
      assertThat(Files.readAllBytes(adapter.resolve(file)))
          .as(file)
          .isEqualTo(golden("/v1/exchange/peft-shira/" + file));
    }
  }

  @Test
  void aCheckpointIsTheOverlaidBaseBitForBit() {
    Path file = diff(7, ALL);
    Path checkpoint = directory.resolve("checkpoint");
    Path back = directory.resolve("checkpoint-back");
    Outcome outcome = export(file, "huggingface", checkpoint);
    assertThat(outcome.out()).contains("the head lies beside");
    assertOverlaid(read(file), checkpoint);
    double density = read(file).metadata().density();
    importInto(back, "huggingface", checkpoint, "--density", Double.toString(density + 1e-9));
    assertSameTensors(read(file), read(back), 1e-7f);
  }

  @Test
  void aCheckpointOfABaseWithoutModelTypeNamesIt() throws IOException {
    Path from = Files.createDirectories(directory.resolve("old-base"));
    for (String name : List.of("model.safetensors", "tokenizer.json")) {
      Files.copy(TinyDiffs.BASE.resolve(name), from.resolve(name));
    }
    ObjectNode config =
        (ObjectNode) Json.parse(bytes(TinyDiffs.BASE.resolve("config.json")), "config");
    config.remove("model_type");
    config.putArray("architectures").add("BertModel");
    Files.write(from.resolve("config.json"), Json.write(config));
    Diff diff = TinyDiffs.random(base, 12, Objective.TOKEN_CLASSIFICATION, ALL);
    Path file = TinyDiffs.write(diff, directory.resolve("old-diff"));
    Path checkpoint = directory.resolve("old-checkpoint");
    String[] command = {
      "diff",
      "export",
      file.toString(),
      "--format",
      "huggingface",
      "--base",
      from.toString(),
      "--out",
      checkpoint.toString()
    };
    assertThat(run(command).out()).contains("BertForTokenClassification");
    JsonNode written = Json.parse(bytes(checkpoint.resolve("config.json")), "config");
    assertThat(written.path("model_type").asText()).isEqualTo("bert");
    assertOverlaid(diff, checkpoint);
  }

  @Test
  void taggersCarryTheirHead() {
    Diff diff = TinyDiffs.random(base, 8, Objective.TOKEN_CLASSIFICATION, ALL);
    Path file = TinyDiffs.write(diff, directory.resolve("tagger"));
    Path checkpoint = directory.resolve("tagger-checkpoint");
    Outcome outcome = export(file, "huggingface", checkpoint);
    assertThat(outcome.out()).contains("BertForTokenClassification");
    assertOverlaid(diff, checkpoint);
    JsonNode config = Json.parse(bytes(checkpoint.resolve("config.json")), "config");
    assertThat(config.at("/id2label/2").asText()).isEqualTo("O");
    assertThat(new String(bytes(checkpoint.resolve("model.safetensors")), StandardCharsets.UTF_8))
        .contains("\"classifier.weight\"")
        .contains("\"bert.embeddings.LayerNorm.bias\"");
  }

  @ParameterizedTest
  @CsvSource({
    "bert, BertForMaskedLM, cls.predictions.transform.LayerNorm.weight",
    "roberta, RobertaForMaskedLM, lm_head.layer_norm.weight",
    "electra, ElectraModel, embeddings.LayerNorm.weight"
  })
  void maskedLanguageModelsCarryTheirHeadWhereTheArchitectureHasIt(
      String family, String architecture, String tensor) {
    Path from = TinyDiffs.BASE.resolveSibling(Path.of("..", "families", family));
    Path checkpoint = directory.resolve(family);
    try (Base other = Base.fromDirectory(from)) {
      Path file = TinyDiffs.write(TinyDiffs.tied(other, 10), directory.resolve(family + "-diff"));
      Outcome outcome =
          run(
              "diff",
              "export",
              file.toString(),
              "--format",
              "huggingface",
              "--base",
              from.toString(),
              "--out",
              checkpoint.toString());
      assertThat(outcome.err()).isEmpty();
    }
    assertThat(new String(bytes(checkpoint.resolve("config.json")), StandardCharsets.UTF_8))
        .contains('"' + architecture + '"');
    assertThat(new String(bytes(checkpoint.resolve("model.safetensors")), StandardCharsets.UTF_8))
        .contains('"' + tensor + '"');
    assertThat(checkpoint.resolve("head.safetensors")).exists();
  }

  @Test
  void anImportSaysWhatItCannotKnow() throws IOException {
    Path file = diff(9, SOME);
    Path adapter = directory.resolve("adapter-bare");
    Path back = directory.resolve("adapter-bare-back");
    export(file, "peft-shira", adapter, "--others", "whole");
    Files.delete(adapter.resolve("diffstream.json"));
    Files.move(adapter.resolve("head.safetensors"), directory.resolve("moved"));
    String[] command = {
      "diff",
      "import",
      adapter.toString(),
      "--format",
      "peft-shira",
      "--base",
      BASE,
      "--out",
      back.toString()
    };
    Outcome refused = run(command);
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err())
        .contains("INVALID_REQUEST")
        .contains("--task", "--objective", "--labels", "--data-digest", "--max-tokens", "--head");
    Outcome told =
        run(
            append(
                command,
                "--task",
                "mine",
                "--objective",
                "classification",
                "--labels",
                "x,y,z",
                "--data-digest",
                "ab".repeat(32),
                "--max-tokens",
                "12",
                "--head",
                directory.resolve("moved").toString()));
    assertThat(told.err()).isEmpty();
    assertThat(told.status()).isZero();
    assertThat(read(back).metadata().labels()).containsExactly("x", "y", "z");
    assertThat(read(back).metadata().method()).isEqualTo("import");
  }

  private void assertOverlaid(Diff diff, Path checkpoint) {
    Overlay overlay = new Overlay(base);
    overlay.apply(
        new SparseDelta(
            diff.tensors().stream()
                .map(t -> new SparseDelta.Entry(t.name(), t.positions(), t.values()))
                .toList()));
    try (Base read = Base.fromDirectory(checkpoint)) {
      assertThat(read.digest()).isEqualTo(base.currentDigest()).isNotEqualTo(base.digest());
      assertThat(read.inputDigest()).isEqualTo(base.inputDigest());
    } finally {
      overlay.restore();
    }
  }

  private static void assertSameTensors(Diff expected, Diff actual, float room) {
    assertThat(actual.tensors())
        .extracting(SparseTensor::name)
        .isEqualTo(expected.tensors().stream().map(SparseTensor::name).toList());
    for (int i = 0; i < expected.tensors().size(); i++) {
      SparseTensor before = expected.tensors().get(i);
      SparseTensor after = actual.tensors().get(i);
      assertThat(after.positions()).as(before.name()).isEqualTo(before.positions());
      assertThat(after.values()).as(before.name()).containsExactly(before.values(), within(room));
    }
  }

  private static byte[] golden(String resource) throws IOException {
    try (InputStream in = ExchangeCommandsTest.class.getResourceAsStream(resource)) {
      return Objects.requireNonNull(in, resource).readAllBytes();
    }
  }
}
