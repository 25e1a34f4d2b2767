package dev.diffstream.benchmarks.diff;

import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.format.DiffFile;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How fast a diff is read and written on one core, in turns with a copy of as many bytes as the
 * decoded positions and values have. Medians over the rounds, once warm.
 *
 * @param decodeMillionPositionsPerSecond positions and values into arrays that are there already
 * @param encodeMillionPositionsPerSecond the whole file, the choice of codes included
 * @param decodeOverCopy time of decoding over that of the copy
 * @param openMillis mapping, SHA-256 of the bytes, header, checksums and decoding all of it
 */
public record Throughput(
    long positions,
    double decodeMillionPositionsPerSecond,
    double encodeMillionPositionsPerSecond,
    double decodeOverCopy,
    double openMillis) {
  private static final int WARM_UP = 60;
  private static final int ROUNDS = 60;
  private static final int ENCODE_EVERY = 10;

  /** What a diff of 0.5 % of BERT-base has. */
  static final long BERT_BASE_POSITIONS = 547_411;

  static Throughput of(Diff diff) throws IOException {
    Path path = Files.createTempFile("diffstream-bench-", ".safetensors");
    try {
      Files.write(path, DiffWriter.write(diff));
      return measured(diff, path);
    } finally {
      Files.delete(path);
    }
  }

  /** The parameters of real diffs again and again, until there are as many positions. */
  static Diff grown(List<Diff> diffs, long positions) {
    List<SparseTensor> tensors = new ArrayList<>();
    long count = 0;
    for (int turn = 0; count < positions; turn++) {
      for (SparseTensor tensor : diffs.get(turn % diffs.size()).tensors()) {
        if (count < positions) {
          String name = "copy.%06d.%s".formatted(turn, tensor.name());
          tensors.add(new SparseTensor(name, tensor.shape(), tensor.positions(), tensor.values()));
          count += tensor.positions().length;
        }
      }
    }
    Diff first = diffs.get(0);
    return new Diff(withNonzeros(first.metadata(), count), tensors, first.head(), first.probes());
  }

  private static DiffMetadata withNonzeros(DiffMetadata m, long nonzeros) {
    return DiffMetadata.learned()
        .baseDigest(m.baseDigest())
        .baseName(m.baseName())
        .baseParameters(200 * nonzeros)
        .taskId(m.taskId())
        .objective(m.objective())
        .method(m.method())
        .precision(m.precision())
        .nonzeros(nonzeros)
        .labels(m.labels())
        .features(m.features())
        .maxTokens(m.maxTokens())
        .metrics(Map.of())
        .tokenizerDigest(m.tokenizerDigest())
        .dataDigest(m.dataDigest())
        .seed(m.seed())
        .codeVersion(m.codeVersion())
        .build();
  }

  private static Throughput measured(Diff diff, Path path) throws IOException {
    int count = (int) diff.nonzeros();
    int[] positions = new int[count];
    float[] values = new float[count];
    check(diff, DiffFile.open(path), positions, values);
    byte[] from = new byte[8 * count];
    byte[] to = new byte[8 * count];
    List<Double> decode = new ArrayList<>();
    List<Double> copy = new ArrayList<>();
    List<Double> open = new ArrayList<>();
    List<Double> encode = new ArrayList<>();
    DiffFile file = DiffFile.open(path);
    for (int round = 0; round < WARM_UP + ROUNDS; round++) {
      boolean warm = round >= WARM_UP;
      long began = System.nanoTime();
      decode(file, positions, values);
      long decoded = System.nanoTime();
      System.arraycopy(from, 0, to, 0, from.length);
      long copied = System.nanoTime();
      Sha256.of(Files.readAllBytes(path));
      decode(DiffFile.open(path), positions, values);
      long opened = System.nanoTime();
      if (warm) {
        decode.add((decoded - began) / 1e9);
        copy.add((copied - decoded) / 1e9);
        open.add((opened - copied) / 1e6);
      }
      if (warm && round % ENCODE_EVERY == 0) {
        long before = System.nanoTime();
        DiffWriter.write(diff);
        encode.add((System.nanoTime() - before) / 1e9);
      }
    }
    return new Throughput(
        count,
        count / median(decode) / 1e6,
        count / median(encode) / 1e6,
        median(IntStream.range(0, copy.size()).mapToObj(i -> decode.get(i) / copy.get(i)).toList()),
        median(open));
  }

  private static void decode(DiffFile file, int[] positions, float[] values) {
    int at = 0;
    for (int i = 0; i < file.tensors().size(); i++) {
      file.read(i, positions, values, at);
      at += file.tensors().get(i).nonzeros();
    }
  }

  /** Nothing is timed that does not give the right numbers. */
  private static void check(Diff diff, DiffFile file, int[] positions, float[] values) {
    decode(file, positions, values);
    int at = 0;
    for (SparseTensor tensor : diff.tensors()) {
      int end = at + tensor.positions().length;
      if (!Arrays.equals(positions, at, end, tensor.positions(), 0, end - at)
          || !Arrays.equals(values, at, end, tensor.values(), 0, end - at)) {
        throw new IllegalStateException(tensor.name() + " was not read as it was written");
      }
      at = end;
    }
  }

  private static double median(List<Double> times) {
    double[] sorted = times.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return sorted[sorted.length / 2];
  }
}
