package dev.diffstream.schemas.diff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Objective;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
      assertThat(DiffWriter.write(DiffReader.read(file))).isEqualTo(file);
    }
  }

  /**
   * To make them again after an intended change: {@code JAVA_TOOL_OPTIONS=-Dgoldens.write=true mvn
   * test -pl schemas}.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 5, 10})
  void bytesAreTheGoldens(long seed) throws IOException {
    assertGolden("sample-" + seed, SampleDiffs.random(seed));
  }

  @Test
  void bytesOfATiedHeadAreTheGolden() throws IOException {
    assertGolden("masked-lm", SampleDiffs.tied(3));
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

  private static void assertGolden(String sample, Diff diff) throws IOException {
    String name = "/v1/diff/" + sample + ".safetensors";
    byte[] file = DiffWriter.write(diff);
    if (Boolean.getBoolean("goldens.write")) {
      Files.write(Path.of("src/test/resources" + name), file);
    }
    try (InputStream in = DiffFileTest.class.getResourceAsStream(name)) {
      assertThat(in).as(name).isNotNull();
      byte[] golden = in.readAllBytes();
      assertThat(file).isEqualTo(golden);
      assertThat(DiffReader.read(golden)).usingRecursiveComparison().isEqualTo(diff);
    }
  }

  @Test
  void truncationAtEveryByteIsRefused() {
    byte[] file = DiffWriter.write(SampleDiffs.random(5));
    for (int length = 0; length < file.length; length++) {
      assertRefused(Arrays.copyOf(file, length));
    }
    assertRefused(Arrays.copyOf(file, file.length + 1));
  }

  @Test
  void aFlippedBitGivesADiffOrARefusalButNothingElse() {
    byte[] file = DiffWriter.write(SampleDiffs.random(5));
    for (int bit = 0; bit < 8 * file.length; bit++) {
      byte[] flipped = file.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      Throwable thrown = catchThrowable(() -> DiffReader.read(flipped));
      if (thrown != null) {
        assertThat(thrown).isInstanceOf(DiffstreamException.class);
      }
    }
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
        "\"dtype\":\"I32\"|\"dtype\":\"F32\"|MALFORMED_DIFF",
        "\"op\":\"add\"|\"version\":\"1\"|MALFORMED_DIFF",
      })
  void hostileHeadersAreRefused(String from, String to, ErrorCode code) {
    byte[] hostile = withHeader(DiffWriter.write(SampleDiffs.random(5)), from, to);
    assertThatThrownBy(() -> DiffReader.read(hostile))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(code));
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
    Diff diff = SampleDiffs.random(5);
    Diff.SparseTensor tensor =
        diff.tensors().stream().filter(t -> t.positions().length > 1).findFirst().orElseThrow();
    int[] positions = tensor.positions().clone();
    positions[1] = positions[0];
    Diff broken =
        new Diff(
            diff.metadata(),
            diff.tensors().stream()
                .map(t -> t == tensor ? new Diff.SparseTensor(t.name(), positions, t.values()) : t)
                .toList(),
            diff.head(),
            diff.probes());
    assertThatThrownBy(() -> DiffWriter.write(broken)).hasMessageContaining("position");
  }

  @Test
  void halfFloatsAgreeWithTheJdk() throws ReflectiveOperationException {
    var toFloat = Float.class.getMethod("float16ToFloat", short.class);
    var fromFloat = Float.class.getMethod("floatToFloat16", float.class);
    for (int half = 0; half < 0x7C00; half++) {
      assertThat(HalfFloat.toFloat((short) half))
          .isEqualTo((float) toFloat.invoke(null, (short) half));
    }
    Random random = new Random(3);
    for (int i = 0; i < 100_000; i++) {
      float value = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(40) - 28));
      if (Math.abs(value) < 65504) {
        assertThat(HalfFloat.fromFloat(value))
            .as("%s", value)
            .isEqualTo((short) fromFloat.invoke(null, value));
      }
    }
    assertThat(List.of(ValuePrecision.FP16.rounded(1e9f), ValuePrecision.FP16.rounded(-1e9f)))
        .containsExactly(65504f, -65504f);
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
    return out.putLong(changed.length).put(changed).put(file, data, file.length - data).array();
  }
}
