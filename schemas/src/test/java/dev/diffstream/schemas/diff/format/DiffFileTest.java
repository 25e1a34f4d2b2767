package dev.diffstream.schemas.diff.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.diff.probe.ProbeRow;
import dev.diffstream.schemas.event.Objective;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class DiffFileTest {
  private static final int ROUNDS = 200;

  @Test
  void roundTripsKeepEveryBit() {
    long seed = new Random().nextLong();
    System.out.println("DiffFileTest seed " + seed);
    for (int i = 0; i < ROUNDS; i++) {
      Diff diff = SampleDiffs.random(seed + i);
      byte[] file = DiffWriter.write(diff);
      assertThat(DiffReader.read(file)).usingRecursiveComparison().isEqualTo(diff);
      assertThat(Arrays.equals(DiffWriter.write(DiffReader.read(file)), file)).isTrue();
      byte[] plain = DiffWriter.write(diff, Profile.PLAIN);
      assertThat(DiffReader.read(plain)).usingRecursiveComparison().isEqualTo(diff);
    }
  }

  /**
   * To make them again after an intended change: {@code JAVA_TOOL_OPTIONS=-Dgoldens.write=true mvn
   * test -pl schemas}.
   */
  @ParameterizedTest
  @MethodSource("goldens")
  void bytesAreTheGoldens(String name, Diff diff, Profile profile) throws IOException {
    String resource = "/v1/diff/" + name + ".safetensors";
    byte[] file = DiffWriter.write(diff, profile);
    if (Boolean.getBoolean("goldens.write")) {
      Files.write(Path.of("src/test/resources" + resource), file);
    }
    try (InputStream in = DiffFileTest.class.getResourceAsStream(resource)) {
      assertThat(in).as(resource).isNotNull();
      byte[] golden = in.readAllBytes();
      assertThat(Arrays.equals(file, golden)).as("the bytes of %s", resource).isTrue();
      assertThat(DiffReader.read(golden)).usingRecursiveComparison().isEqualTo(diff);
    }
  }

  static Stream<Arguments> goldens() {
    Diff sample = SampleDiffs.full(7);
    return Stream.concat(
        Arrays.stream(ValuePrecision.values())
            .flatMap(
                precision ->
                    Arrays.stream(Profile.values())
                        .map(
                            profile ->
                                arguments(
                                    profile.text() + "-" + precision.text(),
                                    sample.rounded(precision),
                                    profile))),
        Stream.of(
            arguments("compact-masked-lm", SampleDiffs.tied(3), Profile.COMPACT),
            arguments("plain-masked-lm", SampleDiffs.tied(3), Profile.PLAIN)));
  }

  @Test
  void aTiedHeadMustBeWhole() {
    byte[] file = DiffWriter.write(SampleDiffs.tied(3));
    for (String part : List.of("transform.weight", "transform.bias", "norm.weight", "norm.bias")) {
      assertRefused(withHeader(file, "diffstream.head." + part, "diffstream.head.other." + part));
    }
    assertRefused(withHeader(file, "masked-lm", "regression"));
    assertRefused(withHeader(file, "\"shape\":[4,256]", "\"shape\":[256,4]"));
  }

  @Test
  void aRowOfAProbeIsTheMeanOverItsTokensThinnedOut() {
    float[][] logits = {{1, 2, 3}, {3, 4, 8}};
    assertThat(ProbeRow.of(Objective.TOKEN_CLASSIFICATION, logits)).containsExactly(2, 3, 5.5f);
    float[] words = new float[1000];
    for (int i = 0; i < 1000; i++) {
      words[i] = i;
    }
    float[] row = ProbeRow.of(Objective.MASKED_LM, new float[][] {words});
    assertThat(row).hasSize(256).isSorted();
    assertThat(row[0]).isZero();
    assertThat(row[255]).isEqualTo(996);
  }

  @Test
  void truncationAtEveryByteIsRefused() {
    byte[] file = DiffWriter.write(SampleDiffs.random(5));
    for (int length = 0; length < file.length; length++) {
      assertRefused(Arrays.copyOf(file, length));
    }
    assertRefused(Arrays.copyOf(file, file.length + 1));
  }

  @ParameterizedTest
  @EnumSource(Profile.class)
  void everyFlippedBitIsRefused(Profile profile) {
    byte[] file = DiffWriter.write(SampleDiffs.full(7), profile);
    for (int bit = 0; bit < 8 * file.length; bit++) {
      byte[] flipped = file.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      int at = bit;
      assertThatThrownBy(() -> DiffReader.read(flipped))
          .as("bit %d", at)
          .isInstanceOf(DiffstreamException.class);
    }
  }

  /** As an attacker would: the checksums fit what was changed. */
  @ParameterizedTest
  @CsvSource({"COMPACT, INT8", "COMPACT, INT4", "COMPACT, INT1", "PLAIN, FP16"})
  void aFlippedBitUnderFittingChecksumsGivesADiffOrARefusal(
      Profile profile, ValuePrecision precision) {
    byte[] file = DiffWriter.write(SampleDiffs.full(7).rounded(precision), profile);
    for (int bit = 0; bit < 8 * file.length; bit++) {
      byte[] flipped = file.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      Throwable thrown = catchThrowable(() -> DiffReader.read(ForgedChecksums.on(flipped)));
      if (thrown != null) {
        assertThat(thrown).as("bit %d", bit).isInstanceOf(DiffstreamException.class);
      }
    }
  }

  /** A second writer's file can be read and written again, or is refused. */
  @Test
  void whatIsReadFromForgedBytesCanBeWrittenAgain() {
    byte[] file = DiffWriter.write(SampleDiffs.full(7).rounded(ValuePrecision.INT8));
    int written = 0;
    for (int at = file.length - 1; at > file.length - 600; at--) {
      byte[] changed = file.clone();
      changed[at] += 1;
      try {
        Diff diff = DiffReader.read(ForgedChecksums.on(changed));
        assertThat(DiffReader.read(DiffWriter.write(diff)))
            .usingRecursiveComparison()
            .isEqualTo(diff);
        written++;
      } catch (DiffstreamException refused) {
        assertThat(refused.code()).isEqualTo(ErrorCode.MALFORMED_DIFF);
      }
    }
    assertThat(written).isPositive();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"version\":\"1\"|\"version\":\"2\"|UNSUPPORTED_VERSION",
        "\"op\":\"add\"|\"op\":\"mul\"|MALFORMED_DIFF",
        "\"format\":\"diffstream.diff\"|\"format\":\"diffstream.diss\"|MALFORMED_DIFF",
        "\"data_offsets\":[0,|\"data_offsets\":[4,|MALFORMED_DIFF",
        "\"dtype\":\"F32\"|\"dtype\":\"F99\"|MALFORMED_DIFF",
        "\"dtype\":\"U8\"|\"dtype\":\"I8\"|MALFORMED_DIFF",
        "\"profile\":\"compact\"|\"profile\":\"dense\"|MALFORMED_DIFF",
        "\"profile\":\"compact\"|\"profile\":\"plain\"|MALFORMED_DIFF",
        "\"precision\":\"fp16\"|\"precision\":\"fp32\"|MALFORMED_DIFF",
        "\"precision\":\"fp16\"|\"precision\":\"int2\"|MALFORMED_DIFF",
        "\"nonzeros\":\"|\"nonzeros\":\"1|MALFORMED_DIFF",
        "\"base.parameters\":\"|\"base.parameters\":\"-|MALFORMED_DIFF",
        "\"parents\":\"[|\"parents\":\"[1,|MALFORMED_DIFF",
        "\"diffstream.parameters\"|\"diffstream.pointers\"|MALFORMED_DIFF",
        "\"diffstream.checksums\"|\"diffstream.digests\"|MALFORMED_DIFF",
        "\"op\":\"add\"|\"version\":\"1\"|MALFORMED_DIFF",
      })
  void hostileHeadersAreRefused(String from, String to, ErrorCode code) {
    byte[] hostile =
        withHeader(DiffWriter.write(SampleDiffs.full(7).rounded(ValuePrecision.FP16)), from, to);
    assertThatThrownBy(() -> DiffReader.read(hostile))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void tensorsOfOtherProgramsAndTheirMetadataStay() {
    Diff diff = SampleDiffs.full(7);
    assertThat(diff.auxiliary()).isNotEmpty();
    assertThat(diff.metadata().other()).isNotEmpty();
    for (Profile profile : Profile.values()) {
      Diff read = DiffReader.read(DiffWriter.write(diff, profile));
      assertThat(read.auxiliary()).usingRecursiveComparison().isEqualTo(diff.auxiliary());
      assertThat(read.metadata()).isEqualTo(diff.metadata());
    }
  }

  @Test
  void tensorsAreReadOneByOneFromAMappedFile(@TempDir Path directory) throws IOException {
    Diff diff = SampleDiffs.full(7);
    for (Profile profile : Profile.values()) {
      Path path = directory.resolve(profile.text());
      try (OutputStream out = Files.newOutputStream(path)) {
        DiffWriter.write(diff, profile, out);
      }
      DiffFile file = DiffFile.open(path);
      assertThat(file.profile()).isEqualTo(profile);
      for (int i = file.tensors().size() - 1; i >= 0; i--) {
        assertThat(file.tensor(i)).usingRecursiveComparison().isEqualTo(diff.tensors().get(i));
        int count = file.tensors().get(i).nonzeros();
        IntBuffer positions = ByteBuffer.allocateDirect(4 * count + 4).asIntBuffer().position(1);
        FloatBuffer values = FloatBuffer.allocate(count);
        file.read(i, positions, values);
        assertThat(positions.position()).isEqualTo(count + 1);
        int[] copy = new int[count];
        positions.get(1, copy);
        assertThat(copy).isEqualTo(diff.tensors().get(i).positions());
        assertThat(values.array()).isEqualTo(diff.tensors().get(i).values());
      }
    }
  }

  @Test
  void whatNoneCouldReadBackIsNotWritten() {
    Diff diff = SampleDiffs.full(7);
    Diff.SparseTensor first = diff.tensors().get(0);
    float[] values = first.values().clone();
    values[0] = Float.NaN;
    refusesToWrite(diff, first, values, "NaN");
    values[0] = 0.1f;
    Diff rounded = diff.rounded(ValuePrecision.INT1);
    refusesToWrite(rounded, rounded.tensors().get(0), values, "int1");
    assertThatThrownBy(
            () ->
                DiffWriter.write(
                    new Diff(
                        diff.metadata(),
                        diff.tensors(),
                        diff.head(),
                        null,
                        Map.of("diffstream.values", diff.auxiliary().values().iterator().next()))))
        .hasMessageContaining("diffstream.values");
  }

  @Test
  void whatTheDirectoryCannotHoldIsNotWritten() {
    Diff diff = SampleDiffs.small();
    Diff.SparseTensor sparse = diff.tensors().get(0);
    for (Diff.SparseTensor broken :
        List.of(
            new Diff.SparseTensor(
                "x".repeat(1025), sparse.shape(), sparse.positions(), sparse.values()),
            new Diff.SparseTensor(
                "x", List.of(16, 1, 1, 1, 1, 1, 1, 1, 1), sparse.positions(), sparse.values()))) {
      for (Profile profile : Profile.values()) {
        assertThatThrownBy(
                () ->
                    DiffWriter.write(
                        new Diff(diff.metadata(), List.of(broken), diff.head(), null), profile))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageFindingMatch("1024 bytes|8 dimensions");
      }
    }
  }

  private static void refusesToWrite(
      Diff diff, Diff.SparseTensor tensor, float[] values, String message) {
    Diff broken =
        new Diff(
            diff.metadata(),
            diff.tensors().stream()
                .map(
                    t ->
                        t == tensor
                            ? new Diff.SparseTensor(t.name(), t.shape(), t.positions(), values)
                            : t)
                .toList(),
            diff.head(),
            null);
    assertThatThrownBy(() -> DiffWriter.write(broken)).hasMessageContaining(message);
  }

  @Test
  void aHeaderThatClaimsTerabytesAllocatesNothing() {
    byte[] file = DiffWriter.write(SampleDiffs.random(5));
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(0, Long.MAX_VALUE);
    assertRefused(file);
    String header =
        "{\"a.indices\":{\"dtype\":\"I32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,9223372036854775807]}}";
    ByteBuffer bomb = ByteBuffer.allocate(8 + header.length()).order(ByteOrder.LITTLE_ENDIAN);
    bomb.putLong(header.length()).put(header.getBytes(StandardCharsets.UTF_8));
    assertRefused(bomb.array());
  }

  @Test
  void positionsMustAscend() {
    Diff diff = SampleDiffs.full(7);
    Diff.SparseTensor tensor =
        diff.tensors().stream().filter(t -> t.positions().length > 1).findFirst().orElseThrow();
    int[] positions = tensor.positions().clone();
    positions[1] = positions[0];
    Diff broken =
        new Diff(
            diff.metadata(),
            diff.tensors().stream()
                .map(
                    t ->
                        t == tensor
                            ? new Diff.SparseTensor(t.name(), t.shape(), positions, t.values())
                            : t)
                .toList(),
            diff.head(),
            diff.probes());
    assertThatThrownBy(() -> DiffWriter.write(broken)).hasMessageContaining("position");
  }

  private static void assertRefused(byte[] file) {
    assertThatThrownBy(() -> DiffReader.read(file))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_DIFF));
  }

  private static byte[] withHeader(byte[] file, String from, String to) {
    String header = DiffWriter.headerText(file);
    assertThat(header).contains(from);
    byte[] changed =
        header
            .replaceFirst(
                java.util.regex.Pattern.quote(from), java.util.regex.Matcher.quoteReplacement(to))
            .getBytes(StandardCharsets.UTF_8);
    int data = 8 + header.getBytes(StandardCharsets.UTF_8).length;
    ByteBuffer out =
        ByteBuffer.allocate(8 + changed.length + file.length - data).order(ByteOrder.LITTLE_ENDIAN);
    byte[] all =
        out.putLong(changed.length).put(changed).put(file, data, file.length - data).array();
    return ForgedChecksums.on(all);
  }
}
