package dev.diffstream.cli.bench.serve;

import dev.diffstream.base.Base;
import dev.diffstream.cli.exchange.DiffOnBase;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.DiffMetadataBuilder;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * As many different diffs as one likes, made from a few learned ones: a part of the positions is
 * moved within their parameter, and every value is changed by some share of itself. What they
 * answer to the probes is computed anew, so that their self-tests say what they say of any diff.
 */
final class TaskVariants {
  private static final double MOVED = 0.1;
  private static final double DEVIATION = 0.3;

  private final Base base;
  private final List<Diff> learned;

  /**
   * @throws DiffstreamException INVALID_REQUEST if there is none, or one that does not classify
   *     single texts; BASE_MISMATCH if one is of another base
   */
  TaskVariants(Base base, List<Diff> learned) {
    if (learned.isEmpty()) {
      throw new DiffstreamException(ErrorCode.INVALID_REQUEST, "expected a diff, got none");
    }
    for (Diff diff : learned) {
      if (diff.metadata().objective() != Objective.CLASSIFICATION) {
        throw new DiffstreamException(
            ErrorCode.INVALID_REQUEST,
            "the diff of task %s: expected objective classification, got %s"
                .formatted(diff.metadata().taskId(), diff.metadata().objective().text()));
      }
    }
    this.base = base;
    this.learned = List.copyOf(learned);
  }

  /**
   * @param task the name of its task
   * @param number of the variant; the same gives the same diff
   */
  Diff of(String task, int number) {
    Diff from = learned.get(number % learned.size());
    Random random = new Random(number);
    ValuePrecision precision = from.metadata().precision();
    List<SparseTensor> tensors =
        from.tensors().stream().map(tensor -> varied(tensor, precision, random)).toList();
    Diff varied =
        new Diff(
            DiffMetadataBuilder.builder(from.metadata())
                .taskId(task)
                .metrics(metrics(from.metadata()))
                .build(),
            tensors,
            from.head(),
            null);
    return new DiffOnBase(base, varied).withProbes();
  }

  /**
   * Nobody has measured a variant. The registry versions none without a score above the majority's,
   * so that a diff of {@code bench learn}, which records neither, gets the plainest ones.
   */
  private static Map<String, Double> metrics(DiffMetadata of) {
    Map<String, Double> metrics = new TreeMap<>(of.metrics());
    if (!metrics.containsKey("score")) {
      metrics.put("score", 1.0);
      metrics.put("majority", 1.0 / of.labels().size());
    }
    return metrics;
  }

  private static SparseTensor varied(SparseTensor tensor, ValuePrecision precision, Random random) {
    int size = Math.toIntExact(tensor.size());
    BitSet taken = new BitSet(size);
    Arrays.stream(tensor.positions()).forEach(taken::set);
    long[] changes = new long[tensor.positions().length];
    for (int i = 0; i < changes.length; i++) {
      int place = tensor.positions()[i];
      if (random.nextDouble() < MOVED) {
        taken.clear(place);
        place = taken.nextClearBit(random.nextInt(size));
        place = place < size ? place : taken.nextClearBit(0);
        taken.set(place);
      }
      float value = (float) (tensor.values()[i] * (1 + DEVIATION * random.nextGaussian()));
      changes[i] =
          (long) place << Integer.SIZE | Integer.toUnsignedLong(Float.floatToRawIntBits(value));
    }
    Arrays.sort(changes);
    int[] positions = new int[changes.length];
    float[] values = new float[changes.length];
    for (int i = 0; i < changes.length; i++) {
      positions[i] = (int) (changes[i] >> Integer.SIZE);
      values[i] = Float.intBitsToFloat((int) changes[i]);
    }
    return new SparseTensor(tensor.name(), tensor.shape(), positions, precision.rounded(values));
  }
}
