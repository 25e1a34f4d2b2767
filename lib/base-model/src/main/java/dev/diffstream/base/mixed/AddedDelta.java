package dev.diffstream.base.mixed;

import dev.diffstream.base.architecture.EncoderPlan.Table;
import dev.diffstream.base.mixed.kernel.ParameterChanges;

/** A diff that is added to what the base computes, and not to the base. */
abstract class AddedDelta extends PreparedDelta {
  AddedDelta(long bytes) {
    super(bytes);
  }

  /** What it changes of an embedding. */
  abstract ParameterChanges table(Table table);
}
