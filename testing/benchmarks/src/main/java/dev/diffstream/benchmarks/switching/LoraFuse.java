package dev.diffstream.benchmarks.switching;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.EncoderPlan;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.engine.MatrixProduct;
import dev.diffstream.base.engine.MatrixProduct.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Fuses a low-rank adapter into every linear layer of a base, W += B A: the product by the engine
 * into memory that is there already, then the sum.
 */
final class LoraFuse implements AutoCloseable {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
  private static final float DEVIATION = 0.05f;
  private static final double MAX_ERROR = 1e-5;

  private final Arena arena = Arena.ofShared();
  private final MatrixProduct product = new MatrixProduct();
  private final List<Layer> layers = new ArrayList<>();
  private final int rank;

  /** One weight with its own two factors, and its values from before. */
  private record Layer(
      MemorySegment weight,
      float[] before,
      MemorySegment b,
      MemorySegment a,
      MemorySegment sum,
      Matrix left,
      Matrix right,
      Matrix result,
      int rows,
      int columns) {}

  LoraFuse(Base base, int rank, Random random) {
    this.rank = rank;
    Map<String, Parameter> parameters =
        base.parameters().stream().collect(Collectors.toMap(Parameter::name, Function.identity()));
    EncoderPlan plan = EncoderPlan.of(base.architecture());
    long largest =
        plan.linears().stream()
            .mapToLong(linear -> (long) linear.outputs() * linear.inputs())
            .max()
            .orElseThrow();
    MemorySegment sum = arena.allocate(largest * Float.BYTES, 64);
    for (EncoderPlan.Linear linear : plan.linears()) {
      Parameter weight = parameters.get(linear.weight());
      if (weight == null) {
        throw new IllegalStateException("the base has no " + linear.weight());
      }
      layers.add(layer(weight, linear.outputs(), linear.inputs(), sum, random));
    }
  }

  private Layer layer(
      Parameter parameter, int rows, int columns, MemorySegment sum, Random random) {
    MemorySegment weight = MemorySegment.ofBuffer(parameter.values());
    MemorySegment b = random((long) rows * rank, random);
    MemorySegment a = random((long) rank * columns, random);
    return new Layer(
        weight,
        weight.toArray(FLOAT),
        b,
        a,
        sum,
        matrix(b, rows, rank),
        matrix(a, rank, columns),
        matrix(sum.asSlice(0, (long) rows * columns * Float.BYTES), rows, columns),
        rows,
        columns);
  }

  private Matrix matrix(MemorySegment memory, int rows, int columns) {
    return product.matrix(
        memory.asByteBuffer().order(java.nio.ByteOrder.nativeOrder()), rows, columns);
  }

  private MemorySegment random(long count, Random random) {
    MemorySegment memory = arena.allocate(count * Float.BYTES, 64);
    for (long i = 0; i < count; i++) {
      memory.setAtIndex(FLOAT, i, (float) random.nextGaussian() * DEVIATION);
    }
    return memory;
  }

  /** Values that a fuse changes. */
  long changed() {
    return layers.stream().mapToLong(layer -> layer.before().length).sum();
  }

  void fuse() {
    for (Layer layer : layers) {
      product.multiply(layer.left(), layer.right(), layer.result());
      add(layer.weight(), layer.sum(), layer.rows() * layer.columns());
    }
  }

  private static void add(MemorySegment to, MemorySegment what, int count) {
    for (int i = 0; i < count; i++) {
      to.setAtIndex(FLOAT, i, to.getAtIndex(FLOAT, i) + what.getAtIndex(FLOAT, i));
    }
  }

  /**
   * Compares every weight with its values from before plus the product in double.
   *
   * @throws IllegalStateException if one is not what one fuse makes of it
   */
  void check() {
    for (Layer layer : layers) {
      for (int i = 0; i < layer.before().length; i++) {
        double expected = layer.before()[i] + product(layer, i);
        float actual = layer.weight().getAtIndex(FLOAT, i);
        if (!(Math.abs(actual - expected) <= MAX_ERROR)) {
          throw new IllegalStateException(
              "fusing gave %s at %d, expected %s".formatted(actual, i, expected));
        }
      }
    }
  }

  private double product(Layer layer, int index) {
    int row = index / layer.columns();
    int column = index % layer.columns();
    double sum = 0;
    for (int k = 0; k < rank; k++) {
      sum +=
          (double) layer.b().getAtIndex(FLOAT, (long) row * rank + k)
              * layer.a().getAtIndex(FLOAT, (long) k * layer.columns() + column);
    }
    return sum;
  }

  /** Puts the values from before back. */
  void undo() {
    for (Layer layer : layers) {
      MemorySegment.copy(layer.before(), 0, layer.weight(), FLOAT, 0, layer.before().length);
    }
  }

  @Override
  public void close() {
    for (Layer layer : layers) {
      layer.left().close();
      layer.right().close();
      layer.result().close();
    }
    product.close();
    arena.close();
  }
}
