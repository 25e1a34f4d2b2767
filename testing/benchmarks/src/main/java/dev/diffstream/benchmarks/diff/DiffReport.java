package dev.diffstream.benchmarks.diff;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FileFault;
import dev.diffstream.schemas.diff.format.DiffFile;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.format.Profile;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Everything that {@code bench diff} found out. Bytes and positions are sums over all files.
 *
 * @param positionBitsOverBound bits of all positions over their entropy bound, see {@link
 *     PositionBits}
 * @param positionBits by codec, bits a position
 * @param decodeMillionPositionsPerSecond in fp16, the values with them
 * @param fileBytes by precision: the compact files without their heads' tensors
 * @param fileOverPeftShira the same over {@code peftShiraBytes}
 * @param peftShiraBytes 12 for each changed position: two int32 and an fp32
 * @param throughput by precision
 * @param bertBase by precision, of a diff of as many positions as 0.5 % of BERT-base has, made of
 *     the parameters of these files
 */
public record DiffReport(
    List<String> files,
    long nonzeros,
    double positionBitsOverBound,
    Map<String, Double> positionBits,
    double decodeMillionPositionsPerSecond,
    Map<String, Long> fileBytes,
    Map<String, Double> fileOverPeftShira,
    long peftShiraBytes,
    Map<String, Throughput> throughput,
    Map<String, Throughput> bertBase) {

  /**
   * Measures diff files of either profile.
   *
   * @throws DiffstreamException DATA_UNREADABLE, MALFORMED_DIFF or UNSUPPORTED_VERSION
   */
  public static DiffReport of(List<Path> files) throws IOException {
    Map<String, Diff> diffs = new LinkedHashMap<>();
    for (Path file : files) {
      Diff diff = read(file);
      if (diff.nonzeros() == 0) {
        throw new DiffstreamException(
            ErrorCode.MALFORMED_DIFF, file + ": expected changed positions to measure, got none");
      }
      diffs.put(file.toString(), diff);
    }
    return of(diffs);
  }

  private static Diff read(Path file) {
    if (Files.isDirectory(file)) {
      throw new DiffstreamException(
          ErrorCode.DATA_UNREADABLE, file + ": expected a file, got a directory");
    }
    try {
      return DiffFile.open(file).toDiff();
    } catch (DiffstreamException e) {
      throw new DiffstreamException(e.code(), file + ": " + e.reason(), e);
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.DATA_UNREADABLE, "cannot read " + file + ": " + FileFault.of(e, file), e);
    }
  }

  private static DiffReport of(Map<String, Diff> diffs) throws IOException {
    PositionBits bits =
        diffs.values().stream().map(PositionBits::of).reduce(PositionBits::plus).orElseThrow();
    Map<String, Double> perPosition = new TreeMap<>();
    perPosition.put("bound", bits.bound() / bits.positions());
    perPosition.put("compact", bits.compact() / bits.positions());
    bits.others().forEach((name, all) -> perPosition.put(name, all / bits.positions()));
    long shira = 12 * bits.positions();
    Map<String, Long> bytes = new LinkedHashMap<>();
    Map<String, Double> share = new LinkedHashMap<>();
    for (ValuePrecision precision : ValuePrecision.values()) {
      long sum = diffs.values().stream().mapToLong(diff -> withoutHead(diff, precision)).sum();
      bytes.put(precision.text(), sum);
      share.put(precision.text(), (double) sum / shira);
    }
    List<Diff> all = List.copyOf(diffs.values());
    Map<String, Throughput> throughput = throughput(all.get(0));
    return new DiffReport(
        List.copyOf(diffs.keySet()),
        bits.positions(),
        bits.compact() / bits.bound(),
        perPosition,
        Objects.requireNonNull(throughput.get(ValuePrecision.FP16.text()))
            .decodeMillionPositionsPerSecond(),
        bytes,
        share,
        shira,
        throughput,
        throughput(Throughput.grown(all, Throughput.BERT_BASE_POSITIONS)));
  }

  private static Map<String, Throughput> throughput(Diff diff) throws IOException {
    Map<String, Throughput> throughput = new LinkedHashMap<>();
    for (ValuePrecision precision : ValuePrecision.values()) {
      throughput.put(precision.text(), Throughput.of(diff.rounded(precision)));
    }
    return throughput;
  }

  private static long withoutHead(Diff diff, ValuePrecision precision) {
    return DiffWriter.sizes(diff.rounded(precision), Profile.COMPACT).entrySet().stream()
        .filter(part -> !part.getKey().startsWith("diffstream.head."))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }
}
