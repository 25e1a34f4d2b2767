package dev.diffstream.schemas.diff.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What fuzzing begins with: sound files that are small, in each form that the fuzz tests take. */
class FuzzSeedsTest {
  private static final Path INPUTS =
      Path.of("src/test/resources/dev/diffstream/schemas/diff/format/DiffReaderFuzzTestInputs");

  /** Makes them again if {@code goldens.write} is set, as the goldens. */
  @Test
  void seedsAreWhatTheWriterWrites() throws IOException {
    for (Map.Entry<String, byte[]> seed : seeds().entrySet()) {
      Path path = INPUTS.resolve(seed.getKey());
      if (Boolean.getBoolean("goldens.write")) {
        Files.createDirectories(path.getParent());
        Files.write(path, seed.getValue());
      }
      assertThat(Arrays.equals(Files.readAllBytes(path), seed.getValue()))
          .as(seed.getKey())
          .isTrue();
    }
  }

  private static Map<String, byte[]> seeds() {
    Map<String, byte[]> seeds = new TreeMap<>();
    for (ValuePrecision precision : ValuePrecision.values()) {
      String name = "seed-" + precision.text();
      Diff small = SampleDiffs.small().rounded(precision);
      Diff full = SampleDiffs.full(7).rounded(precision);
      for (Profile profile : Profile.values()) {
        byte[] file = DiffWriter.write(small, profile);
        seeds.put("files/" + name + "-" + profile.text(), file);
        seeds.put("headers/" + name + "-" + profile.text(), FuzzedFile.headerInput(file));
      }
      seeds.put("parts/" + name, FuzzedFile.partsInput(DiffWriter.write(small), precision));
      seeds.put(
          "parts/" + name + "-full", FuzzedFile.partsInput(DiffWriter.write(full), precision));
    }
    seeds.put("parts/seed-fewer-bits-than-rows", tall());
    byte[] tied = DiffWriter.write(SampleDiffs.tied(3, 2));
    seeds.put("files/seed-masked-lm", tied);
    seeds.put("headers/seed-masked-lm", FuzzedFile.headerInput(tied));
    byte[] full = DiffWriter.write(SampleDiffs.full(7).rounded(ValuePrecision.INT1));
    seeds.put("headers/seed-full", FuzzedFile.headerInput(full));
    return seeds;
  }

  /** One position in 2^29 rows of 2, which a writer must not go through. */
  private static byte[] tall() {
    return HandmadeFile.hex(
        "00 1500 0100" + "01 00 08 782e776569676874 02 8080808002 02 01 00 01" + "01 0000003f");
  }
}
