package dev.diffstream.gateway.model;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.ProbeInference;
import dev.diffstream.base.diff.Probes;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.input.TensorInput;
import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A TorchScript module, whose parameters hold one diff at a time: nothing is known of its parts to
 * which a diff could be added beside them. Switching writes the saved values of the last diff's
 * positions back, never a difference (I7), and then adds the next.
 */
public final class ModuleModel extends ModelOverBase {
  private final Overlay overlay; // belongs to the inference thread, as do the parameters' values
  private @Nullable PreparedOverlay applied; // belongs to the inference thread

  private record PreparedOverlay(DiffMetadata metadata, SparseDelta delta, Head head)
      implements PreparedDiff {}

  /**
   * @param base owned by this from now on
   */
  public ModuleModel(Base base) {
    super(base, "module");
    this.overlay = new Overlay(base);
  }

  @Override
  public PreparedDiff prepare(Diff diff) {
    SparseDelta delta = shapes.delta(diff);
    overlay.check(delta);
    return new PreparedOverlay(diff.metadata(), delta, shapes.head(diff));
  }

  @Override
  public Answer answer(PreparedDiff prepared, Example example) {
    return new Answer.Scores(probe(prepared, example));
  }

  @Override
  public float[] probe(PreparedDiff prepared, Example example) {
    PreparedOverlay diff = (PreparedOverlay) prepared;
    if (!(example instanceof Example.OfTensors(TensorInput tensors))) {
      throw new IllegalArgumentException("the base reads tensors, not texts: " + example);
    }
    switchTo(diff);
    return ProbeInference.row(base, diff.head(), tensors);
  }

  @Override
  public List<TensorSpec> tensorInputs() {
    return base.tensorInputs();
  }

  @Override
  public List<Example> probes(DiffMetadata metadata) {
    return Probes.of(base, metadata.maxTokens()).stream()
        .<Example>map(input -> new Example.OfTensors((TensorInput) input))
        .toList();
  }

  private void switchTo(@Nullable PreparedOverlay next) {
    if (applied == next) {
      return;
    }
    applied = null; // should the overlay fail, the next call begins with a restore
    if (next == null) {
      overlay.restore();
    } else {
      overlay.switchTo(next.delta());
    }
    applied = next;
  }

  /** Takes the diff off and closes the base; no call may be under way. */
  @Override
  public void close() {
    switchTo(null);
    base.close();
  }
}
