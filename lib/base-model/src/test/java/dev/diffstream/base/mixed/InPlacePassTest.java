package dev.diffstream.base.mixed;

import dev.diffstream.base.Base;

/** One diff after the other in the base's own parameters. */
final class InPlacePassTest extends MixedPassContract {
  @Override
  MixedPass over(Base base) {
    return new InPlacePass(base);
  }
}
