package dev.diffstream.cli.exchange;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.DiffHead;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.Probes;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.input.TextReading;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.base.BaseDescriptor;
import dev.diffstream.schemas.base.BaseDescriptor.ParameterShape;
import dev.diffstream.schemas.diff.arithmetic.BaseAgreement;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.ProbeAnswers;
import java.util.function.Supplier;

/** A diff laid over its base in memory, and what is asked of it there. */
public final class DiffOnBase {
  private final Base base;
  private final Diff diff;

  /**
   * @throws DiffstreamException BASE_MISMATCH if the diff is of another base
   */
  public DiffOnBase(Base base, Diff diff) {
    BaseAgreement.check(diff, describe(base));
    this.base = base;
    this.diff = diff;
  }

  public static BaseDescriptor describe(Base base) {
    return new BaseDescriptor(
        base.name(),
        base.digest(),
        base.parameters().stream()
            .map(parameter -> new ParameterShape(parameter.name(), parameter.shape()))
            .toList());
  }

  /**
   * The diff with what it answers to the probes here and now, in place of what it recorded.
   *
   * @throws DiffstreamException MALFORMED_DIFF if its head does not fit the base
   */
  public Diff withProbes() {
    float[][] rows = overlaid(this::answers);
    int width = rows[0].length;
    float[] all = new float[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, all, i * width, width);
    }
    ProbeAnswers probes = new ProbeAnswers(rows.length, width, all);
    return new Diff(diff.metadata(), diff.tensors(), diff.head(), probes);
  }

  /** What an action gives while the diff lies on the base; the base is restored after it. */
  public <T> T overlaid(Supplier<T> action) {
    Overlay overlay = new Overlay(base);
    overlay.apply(
        new SparseDelta(
            diff.tensors().stream()
                .map(t -> new SparseDelta.Entry(t.name(), t.positions(), t.values()))
                .toList()));
    try {
      return action.get();
    } finally {
      overlay.restore();
    }
  }

  private float[][] answers() {
    return Probes.outputs(
        base, head(), diff.metadata().objective(), TextReading.of(diff.metadata()));
  }

  private Head head() {
    try {
      return DiffHead.of(base, diff);
    } catch (DiffstreamException e) {
      throw new DiffstreamException(
          e.code(), "the diff on base %s: %s".formatted(base.name(), e.reason()), e);
    }
  }
}
