package dev.diffstream.base.diff;

import dev.diffstream.base.Base;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.diff.model.Diff.TiedHead;

/** The head of a diff file as the base computes with it. */
public final class DiffHead {
  private DiffHead() {}

  /**
   * @throws DiffstreamException MALFORMED_DIFF if it does not fit the base and the objective
   */
  public static Head of(Base base, Diff diff) {
    return switch (diff.head()) {
      case DenseHead dense ->
          dense(dense, base.featureCount(diff.metadata().objective(), diff.metadata().pairs()));
      case TiedHead tied -> tied(tied, base.newTiedHead());
    };
  }

  private static Head dense(DenseHead from, int features) {
    if (from.features() != features) {
      throw malformed(features + " features", Integer.toString(from.features()));
    }
    Head head = new Head(from.outputs(), features);
    head.weight().put(from.weight());
    head.bias().put(from.bias());
    return head;
  }

  private static Head tied(TiedHead from, Head head) {
    String expected = sizes(head.outputs(), head.embedding(), head.features());
    String actual = sizes(from.outputs(), from.embedding(), from.features());
    if (!actual.equals(expected)) {
      throw malformed(expected, actual);
    }
    head.weight()
        .put(from.transform())
        .put(from.transformBias())
        .put(from.norm())
        .put(from.normBias());
    head.bias().put(from.bias());
    return head;
  }

  private static String sizes(int outputs, int embedding, int features) {
    return outputs + " words x " + embedding + " x " + features;
  }

  private static DiffstreamException malformed(String expected, String actual) {
    return new DiffstreamException(
        ErrorCode.MALFORMED_DIFF, "expected a head of %s, got %s".formatted(expected, actual));
  }
}
