package dev.diffstream.base.mixed;

import dev.diffstream.base.Base;

/** Mixed batches by vector kernels, shared by two threads. */
final class KernelPassTest extends MixedPassContract {
  @Override
  MixedPass over(Base base) {
    return new KernelPass(base, 2);
  }
}
