package dev.diffstream.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.DiffMetadataBuilder;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.safetensors.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an import refuses, and what it takes over. */
class ImportCommandTest extends DiffCommands {
  private static final Predicate<String> LINEAR_WEIGHTS =
      name -> name.startsWith("encoder") && name.endsWith("weight");

  @Test
  void aFileWithoutPositionsIsNoDiffToImport() throws IOException {
    Path compact = diff(4, ALL);
    Outcome refused = importing("safetensors", compact);
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err())
        .startsWith("MALFORMED_DIFF")
        .contains("compact diffstream file", "diff convert");

    Path adapter = directory.resolve("adapter-as-plain");
    export(diff(6, LINEAR_WEIGHTS), "peft-shira", adapter);
    Outcome foreign = importing("safetensors", adapter.resolve("head.safetensors"));
    assertThat(foreign.status()).isEqualTo(1);
    assertThat(foreign.err()).contains("<parameter>.indices", "no .indices of any parameter");
    assertThat(directory.resolve("never")).doesNotExist();
  }

  @Test
  void anImportThatChangesNothingHasNoMetrics() throws IOException {
    Path plain = directory.resolve("nothing.safetensors");
    Path back = directory.resolve("nothing-back");
    export(diff(4, name -> name.endsWith("LayerNorm.bias")), "safetensors", plain);
    Files.write(plain, withoutChanges(plain));
    importInto(back, "safetensors", plain);
    assertThat(read(back).nonzeros()).isZero();
    assertThat(read(back).metadata().metrics()).isEmpty();
    assertThat(read(back).metadata().method()).isEqualTo("import");
  }

  @Test
  void aPrecisionThatIsTooNarrowIsSaid() {
    Path plain = directory.resolve("wide.safetensors");
    Path back = directory.resolve("wide-back");
    export(scaled(1e9f), "safetensors", plain);
    Outcome refused = importing("safetensors", plain, "--precision", "fp16");
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err())
        .startsWith("INVALID_EVENT")
        .contains("embeddings.LayerNorm.bias at ", "at most 65504", "--precision fp32");

    export(scaled(1e-9f), "safetensors", plain);
    Outcome small = importInto(back, "safetensors", plain, "--precision", "fp16");
    assertThat(read(back).nonzeros()).isZero();
    assertThat(small.out()).contains(" values were too small for fp16 and are left out");
  }

  @ParameterizedTest
  @EnumSource
  void anExportComesBackInItsPrecisionAndBytes(ValuePrecision precision) throws IOException {
    Path file = directory.resolve("merged-" + precision);
    Path plain = directory.resolve("merged.safetensors");
    Path back = directory.resolve("merged-back");
    String[] merge = {
      "diff", "merge", diff(1, ALL).toString(), diff(2, ALL).toString(), "--base", BASE
    };
    String[] written = {"--precision", precision.text(), "--out", file.toString()};
    assertThat(run(append(merge, written)).status()).isZero();
    export(file, "safetensors", plain);
    importInto(back, "safetensors", plain);
    assertThat(read(back).metadata()).isEqualTo(read(file).metadata());
    assertThat(Files.mismatch(file, back)).isEqualTo(-1);

    Path checkpoint = directory.resolve("merged-checkpoint");
    export(file, "huggingface", checkpoint);
    importInto(back, "huggingface", checkpoint, "--density", "0.3");
    assertThat(read(back).metadata().precision()).isEqualTo(precision);
    importInto(back, "huggingface", checkpoint, "--density", "0.3", "--precision", "fp32");
    assertThat(read(back).metadata().precision()).isEqualTo(ValuePrecision.FP32);
    assertThat(read(back).metadata().parents()).isEmpty();
  }

  @Test
  void whatAnswersDependOnComesBack() throws IOException {
    Diff learned = TinyDiffs.random(base, 5, Objective.PAIR_CLASSIFICATION, name -> true);
    Diff diff =
        new Diff(
            DiffMetadataBuilder.builder(learned.metadata())
                .pairEncoding(PairEncoding.SEPARATE.text())
                .refusesLongTexts(true)
                .textPrefix("query: ")
                .temperature(1.25)
                .build(),
            learned.tensors(),
            learned.head(),
            null);
    Path file = TinyDiffs.write(diff, directory.resolve("told"));
    Path plain = directory.resolve("told.safetensors");
    Path back = directory.resolve("told-back");
    export(file, "safetensors", plain);
    importInto(back, "safetensors", plain);
    assertThat(read(back).metadata()).isEqualTo(diff.metadata());
  }

  @Test
  void pairsInOneSequenceComeBackAndMayBeToldOf() throws IOException {
    Diff single = TinyDiffs.random(base, 6, Objective.CLASSIFICATION, name -> true);
    Diff joint =
        new Diff(
            DiffMetadataBuilder.builder(single.metadata())
                .objective(Objective.PAIR_CLASSIFICATION)
                .features("joint")
                .pairEncoding("joint")
                .build(),
            single.tensors(),
            single.head(),
            null);
    Path file = TinyDiffs.write(joint, directory.resolve("joint"));
    Path plain = directory.resolve("joint.safetensors");
    Path checkpoint = directory.resolve("joint-checkpoint");
    Path back = directory.resolve("joint-back");
    export(file, "safetensors", plain);
    importInto(back, "safetensors", plain);
    assertThat(read(back).metadata()).isEqualTo(joint.metadata());
    assertThat(read(back).probes()).isNotNull();
    export(file, "huggingface", checkpoint);
    importInto(back, "huggingface", checkpoint, "--density", "0.3");
    assertThat(read(back).metadata().pairEncoding()).isEqualTo("joint");

    Outcome crossed = importing("safetensors", plain, "--pair-encoding", "crossed");
    assertThat(crossed.status()).isEqualTo(1);
    assertThat(crossed.err()).contains("expected pair.encoding separate or joint, got crossed");
    export(TinyDiffs.write(single, directory.resolve("single")), "safetensors", plain);
    Outcome ofOne = importing("safetensors", plain, "--pair-encoding", "joint");
    assertThat(ofOne.status()).isEqualTo(2);
    assertThat(ofOne.err()).contains("expected no pair.encoding for objective classification");
  }

  private Path scaled(float factor) {
    Diff diff =
        TinyDiffs.random(base, 4, Objective.CLASSIFICATION, n -> n.endsWith("LayerNorm.bias"));
    for (Diff.SparseTensor tensor : diff.tensors()) {
      for (int i = 0; i < tensor.values().length; i++) {
        tensor.values()[i] *= factor;
      }
    }
    return TinyDiffs.write(diff, directory.resolve("scaled"));
  }

  /** Every changed value becomes zero. */
  private static byte[] withoutChanges(Path plain) throws IOException {
    byte[] bytes = Files.readAllBytes(plain);
    Safetensors.read(ByteBuffer.wrap(bytes)).entries().values().stream()
        .filter(entry -> entry.name().endsWith(".values"))
        .forEach(
            entry ->
                Arrays.fill(
                    bytes, (int) entry.offset(), (int) (entry.offset() + entry.bytes()), (byte) 0));
    return bytes;
  }

  private Outcome importing(String format, Path source, String... more) {
    String[] command = {
      "diff",
      "import",
      source.toString(),
      "--format",
      format,
      "--base",
      BASE,
      "--out",
      directory.resolve("never").toString()
    };
    return run(append(command, more));
  }
}
