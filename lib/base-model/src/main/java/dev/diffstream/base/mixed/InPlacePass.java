package dev.diffstream.base.mixed;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.TokenSelection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes one diff at a time into the base's own parameters and answers each request alone. It works
 * for every base; the base must not compute anything else meanwhile.
 */
public final class InPlacePass implements MixedPass {
  private final Base base;
  private final Overlay overlay;
  private @Nullable PreparedDelta applied;

  private static final class OverlayDelta extends PreparedDelta {
    private final SparseDelta delta;

    OverlayDelta(SparseDelta delta) {
      super((Integer.BYTES + Float.BYTES) * delta.size());
      this.delta = delta;
    }

    @Override
    void free() {
      // on the heap
    }
  }

  public InPlacePass(Base base) {
    this.base = base;
    this.overlay = new Overlay(base);
  }

  @Override
  public PreparedDelta prepare(SparseDelta delta) {
    overlay.check(delta);
    return new OverlayDelta(delta);
  }

  @Override
  public List<float[][]> logits(List<Request> requests) {
    return requests.stream().map(this::logits).toList();
  }

  private float[][] logits(Request request) {
    if (applied != request.delta()) {
      overlay.switchTo(((OverlayDelta) request.delta()).delta);
      applied = request.delta();
    }
    Batch batch = Batch.of(List.of(request.encoding()));
    int[] tokens = request.tokens();
    return tokens == null
        ? base.encoder().logits(batch, request.head())
        : base.encoder().logits(batch, request.head(), TokenSelection.of(List.of(tokens)));
  }

  /** Takes the last diff off the base. */
  @Override
  public void close() {
    applied = null;
    overlay.restore();
  }
}
