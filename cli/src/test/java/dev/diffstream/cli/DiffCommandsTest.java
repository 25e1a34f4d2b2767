package dev.diffstream.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.Base;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DiffCommandsTest extends DiffCommands {
  @ParameterizedTest
  @ValueSource(strings = {"inspect", "verify", "compare", "merge", "export", "import"})
  void everyCommandExplainsItself(String command) {
    Outcome outcome = run("diff", command, "--help");
    assertThat(outcome.status()).isZero();
    assertThat(outcome.out()).contains("Usage: diffstream diff " + command);
  }

  @Test
  void verifiesASoundFileAndRefusesOthers() throws IOException {
    Path file = diff(1, ALL);
    Outcome sound = run("diff", "verify", file.toString(), "--base", BASE);
    assertThat(sound.status()).isZero();
    assertThat(sound.out())
        .contains(Sha256.of(Files.readAllBytes(file)))
        .contains(base.digest() + ", fits gelu");

    byte[] bytes = Files.readAllBytes(file);
    Path cut = Files.write(directory.resolve("cut"), java.util.Arrays.copyOf(bytes, 5000));
    Outcome refused = run("diff", "verify", cut.toString());
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err()).contains("MALFORMED_DIFF").contains("at offset").contains("cut");

    Outcome missing = run("diff", "verify", directory.resolve("none").toString());
    assertThat(missing.status()).isEqualTo(1);
    assertThat(missing.err())
        .startsWith("DATA_UNREADABLE: cannot read ")
        .contains("none: no such file")
        .hasLineCount(1);
    Outcome folder = run("diff", "verify", directory.toString());
    assertThat(folder.err())
        .isEqualTo("DATA_UNREADABLE: " + directory + ": expected a file, got a directory\n");
  }

  @Test
  void refusesAnotherBase() {
    Path file = diff(1, ALL);
    String other = TinyDiffs.BASE.resolveSibling("relu").toString();
    for (String command : List.of("verify", "inspect")) {
      Outcome outcome = run("diff", command, file.toString(), "--base", other);
      assertThat(outcome.status()).isEqualTo(1);
      assertThat(outcome.err()).contains("BASE_MISMATCH").contains(base.digest());
    }
  }

  @Test
  void filesOfDifferentBasesAreNamed() {
    Path here = diff(1, ALL);
    Path there = directory.resolve("there");
    try (Base other = Base.fromDirectory(TinyDiffs.BASE.resolveSibling("relu"))) {
      TinyDiffs.write(TinyDiffs.random(other, 1, Objective.CLASSIFICATION, ALL), there);
    }
    for (String command : List.of("compare", "merge")) {
      String[] files = {"diff", command, here.toString(), there.toString()};
      Outcome outcome =
          run(command.equals("merge") ? append(files, "--out", directory + "/never") : files);
      assertThat(outcome.status()).isEqualTo(1);
      assertThat(outcome.err())
          .startsWith("BASE_MISMATCH: base digest of " + there + ": expected " + base.digest())
          .contains(" as " + here + " has, got ");
    }
  }

  @Test
  void aBaseThatIsNotThereIsNamed() {
    String file = diff(1, ALL).toString();
    assertThat(run("diff", "verify", file, "--base", "/nonexistent").err())
        .isEqualTo(
            "BASE_UNKNOWN: --base /nonexistent: expected minilm or a directory, got no such"
                + " directory\n");
    assertThat(run("diff", "verify", file, "--base", file).err()).contains("got a file");
  }

  @Test
  void inspectsForPeopleAndPrograms() throws IOException {
    Path file = diff(1, ALL);
    Path json = directory.resolve("inspect.json");
    Path html = directory.resolve("inspect.html");
    Outcome outcome =
        run(
            "diff",
            "inspect",
            file.toString(),
            "--base",
            BASE,
            "--json",
            json.toString(),
            "--html",
            html.toString());
    assertThat(outcome.status()).isZero();
    assertThat(outcome.out()).contains("task.id             task-1").contains("layer 1");
    JsonNode figures = Json.parse(Files.readAllBytes(json), "json");
    SparseTensor first = read(file).tensors().getFirst();
    JsonNode line = figures.path("tensors").path(0);
    assertThat(line.path("name").asText()).isEqualTo(first.name());
    int size = first.shape().stream().reduce(1, (a, b) -> a * b);
    assertThat(line.path("density").asDouble())
        .isCloseTo((double) first.positions().length / size, within(1e-12));
    assertThat(Files.readString(html))
        .contains("B-&lt;x&gt;")
        .doesNotContain("<x>")
        .doesNotContain("<script")
        .doesNotContain("http");
  }

  @Test
  void convertsToTheOtherProfileAndBackToTheSameBytes() throws IOException {
    Path compact = diff(1, ALL);
    String plain = directory.resolve("plain.safetensors").toString();
    Path back = directory.resolve("back.safetensors");
    assertThat(
            run("diff", "convert", compact.toString(), "--profile", "plain", "--out", plain)
                .status())
        .isZero();
    assertThat(
            run("diff", "convert", plain, "--profile", "compact", "--out", back.toString())
                .status())
        .isZero();
    assertThat(Files.mismatch(compact, back)).isEqualTo(-1);
    assertThat(Files.size(Path.of(plain))).isGreaterThan(Files.size(compact));
    assertThat(run("diff", "inspect", plain).out())
        .contains("profile             plain")
        .doesNotContain("shapes");
  }

  @ParameterizedTest
  @CsvSource({
    "merge FILE FILE --out PLACE",
    "convert FILE --profile plain --out PLACE",
    "export FILE --format safetensors --out PLACE",
    "import PLAIN --format safetensors --base BASE --out PLACE",
    "inspect FILE --json PLACE",
    "inspect FILE --html PLACE",
    "compare FILE FILE --json PLACE"
  })
  void aPlaceThatCannotBeWrittenIsNamedInOneLine(String command) throws IOException {
    Path file = diff(1, ALL);
    Path plain = directory.resolve("source.safetensors");
    export(file, "safetensors", plain);
    Path folder = Files.createDirectories(directory.resolve("folder"));
    Path below = file.resolve("below");
    for (Path place : List.of(folder, below)) {
      String[] words = command.split(" ");
      for (int i = 0; i < words.length; i++) {
        words[i] =
            switch (words[i]) {
              case "FILE" -> file.toString();
              case "PLAIN" -> plain.toString();
              case "BASE" -> BASE;
              case "PLACE" -> place.toString();
              default -> words[i];
            };
      }
      Outcome outcome = run(append(new String[] {"diff"}, words));
      assertThat(outcome.status()).isEqualTo(2);
      assertThat(outcome.err())
          .startsWith("INVALID_REQUEST: cannot write " + place)
          .contains(place.equals(folder) ? "got a directory" : file + ": is there already")
          .hasLineCount(1);
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void linksAreFollowed() throws IOException {
    Path linked = Files.createFile(directory.resolve("linked.json"));
    Path link = Files.createSymbolicLink(directory.resolve("link.json"), linked);
    run("diff", "inspect", diff(1, ALL).toString(), "--json", link.toString());
    assertThat(link).isSymbolicLink();
    assertThat(linked).isNotEmptyFile();
  }

  @Test
  void whatIsNoFileIsWrittenStraight() {
    Outcome outcome = run("diff", "inspect", diff(1, ALL).toString(), "--json", "/dev/null");
    assertThat(outcome.err()).isEmpty();
    assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "convert F --out G --profile dense, 'profile must be compact or plain, got: dense'",
    "merge F F --out G --method average, 'merge method must be add or overlap-aware, got: average'",
    "merge F F --out G --precision half, 'precision must be one of fp32, fp16, bf16'",
    "import F --out G --format safetensors --precision half, 'precision must be one of'",
    "import F --out G --format huggingface, '--density of huggingface: expected a share'",
    "export F --out G --format peft-shira --others all, 'refuse, whole or leave-out, got: all'",
    "export F --out G --format onnx, 'peft-shira, safetensors or huggingface, got onnx'"
  })
  void aWrongOptionIsSaidWithoutAllTheOthers(String command, String message) {
    Outcome outcome = run(append(new String[] {"diff"}, command.split(" ")));
    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err())
        .contains(message)
        .doesNotContain("Exception", "Usage", "null")
        .hasLineCount(2)
        .endsWith("see 'diffstream diff " + command.split(" ")[0] + " --help'\n");
  }

  @Test
  void comparesTwoAndMore() throws IOException {
    Path json = directory.resolve("compare.json");
    String one = diff(1, ALL).toString();
    Outcome two = run("diff", "compare", one, one, "--json", json.toString());
    assertThat(two.out()).contains("Jaccard                 1.0000").contains("parameter");
    assertThat(
            Json.parse(Files.readAllBytes(json), "json")
                .at("/pairs/0/total/signAgreement")
                .asDouble())
        .isEqualTo(1);
    Outcome three = run("diff", "compare", one, diff(2, ALL).toString(), diff(3, ALL).toString());
    assertThat(three.out()).contains("overlap, times chance").doesNotContain("parameter");
  }

  @Test
  void mergesWithTheHeadThatIsAskedFor() {
    String one = diff(1, ALL).toString();
    String two = diff(2, ALL).toString();
    Path out = directory.resolve("merged");
    Outcome plain = run("diff", "merge", one, two, "--out", out.toString());
    assertThat(plain.status()).isZero();
    assertThat(read(out).probes()).isNull();
    assertThat(read(out).metadata().taskId()).isEqualTo("task-1");
    Outcome full =
        run(
            "diff",
            "merge",
            one,
            two,
            "--weights",
            "0.5,0.5",
            "--method",
            "overlap-aware",
            "--head",
            two,
            "--task",
            "both",
            "--base",
            BASE,
            "--out",
            out.toString());
    assertThat(full.status()).isZero();
    Diff merged = read(out);
    assertThat(merged.metadata().taskId()).isEqualTo("both");
    assertThat(weights(merged)).isEqualTo(weights(read(Path.of(two))));
    assertThat(Objects.requireNonNull(merged.probes()).outputs()).isEqualTo(3);
    assertThat(full.out()).contains(Sha256.of(bytes(Path.of(one))) + " 0.5");

    String[] narrow = {"diff", "merge", one, two, "--precision", "fp16", "--out", out.toString()};
    Outcome large = run(append(narrow, "--weights", "1e8,1e8"));
    assertThat(large.status()).isEqualTo(1);
    assertThat(large.err()).startsWith("INVALID_EVENT").contains("at most 65504");
    Outcome small = run(append(narrow, "--weights", "1e-9,1e-9"));
    assertThat(small.status()).isZero();
    assertThat(small.out()).contains("0 changed values").contains("too small for fp16");

    Outcome wrong = run("diff", "merge", one, two, "--weights", "1", "--out", out.toString());
    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.err()).contains("--weights: expected 2 numbers");
  }
}
