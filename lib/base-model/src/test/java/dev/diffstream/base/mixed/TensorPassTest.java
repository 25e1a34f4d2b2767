package dev.diffstream.base.mixed;

import dev.diffstream.base.Base;
import dev.diffstream.base.engine.ComputeDevice;

/** Mixed batches by tensor operations, on the processor. */
final class TensorPassTest extends MixedPassContract {
  @Override
  MixedPass over(Base base) {
    return new TensorPass(base, ComputeDevice.cpu());
  }
}
