package dev.diffstream.base;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import java.nio.ByteBuffer;

/** Turns what the encoder is asked with into the engine's tensors. */
final class EncoderInputs {
  private EncoderInputs() {}

  static NDList of(Batch batch, PtNDManager manager) {
    Shape shape = new Shape(batch.sequences(), batch.length());
    return new NDList(
        manager.create(batch.ids(), shape),
        manager.create(batch.typeIds(), shape),
        manager.create(batch.mask(), shape),
        manager.create(batch.pool(), new Shape(batch.sequences(), 1, batch.length())));
  }

  static NDArray of(Targets targets, PtNDManager manager) {
    return switch (targets) {
      case Targets.ClassTargets classes -> wide(classes.classes(), manager);
      case Targets.RealTargets reals -> manager.create(reals.values());
      case Targets.LabelSetTargets sets -> {
        int width = sets.values()[0].length;
        float[] flat = new float[sets.size() * width];
        for (int i = 0; i < sets.size(); i++) {
          System.arraycopy(sets.values()[i], 0, flat, i * width, width);
        }
        yield manager.create(flat, new Shape(sets.size(), width));
      }
      case Targets.TokenTargets tokens -> wide(tokens.classes(), manager);
    };
  }

  static PtNDArray weight(Head head, PtNDManager manager) {
    Shape shape =
        head.isTied()
            ? new Shape(head.weight().capacity())
            : new Shape(head.outputs(), head.features());
    return of(head.weightBytes(), shape, manager);
  }

  static PtNDArray bias(Head head, PtNDManager manager) {
    return of(head.biasBytes(), new Shape(head.outputs()), manager);
  }

  static PtNDArray of(Parameter parameter, PtNDManager manager) {
    long[] shape = parameter.shape().stream().mapToLong(Integer::longValue).toArray();
    return of(parameter.bytes(), new Shape(shape), manager);
  }

  /** A tensor over the memory itself. */
  private static PtNDArray of(ByteBuffer memory, Shape shape, PtNDManager manager) {
    return manager.create(memory, shape, DataType.FLOAT32);
  }

  private static NDArray wide(int[] classes, PtNDManager manager) {
    long[] wide = new long[classes.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = classes[i];
    }
    return manager.create(wide);
  }
}
