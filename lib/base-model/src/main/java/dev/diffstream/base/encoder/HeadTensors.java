package dev.diffstream.base.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.diffstream.base.engine.TensorEngine;

/** Targets and heads as the engine's tensors. */
final class HeadTensors {
  private HeadTensors() {}

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
    return TensorEngine.tensor(manager, head.weightBytes(), shape);
  }

  static PtNDArray bias(Head head, PtNDManager manager) {
    return TensorEngine.tensor(manager, head.biasBytes(), new Shape(head.outputs()));
  }

  private static NDArray wide(int[] classes, PtNDManager manager) {
    long[] wide = new long[classes.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = classes[i];
    }
    return manager.create(wide);
  }
}
