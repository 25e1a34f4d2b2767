package dev.diffstream.gateway.model;

import dev.diffstream.base.Base;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.event.Objective;
import java.time.Instant;
import java.util.Optional;

/** What a model says of its base. */
abstract class ModelOverBase implements Model {
  protected final Base base;
  protected final BaseShapes shapes;
  private final String machine;
  private final Instant baseChecked = Instant.now(); // its digest was computed as it was loaded

  /**
   * @param base owned by this from now on
   * @param form names how answers are computed
   */
  ModelOverBase(Base base, String form) {
    this.base = base;
    this.shapes = new BaseShapes(base);
    this.machine = Machine.name(form);
  }

  @Override
  public final String machine() {
    return machine;
  }

  @Override
  public final String baseName() {
    return base.name();
  }

  @Override
  public final String baseDigest() {
    return base.digest();
  }

  @Override
  public final Optional<Instant> baseChecked() {
    return Optional.of(baseChecked);
  }

  @Override
  public final String inputDigest() {
    return base.inputDigest();
  }

  @Override
  public final String featureKind(Objective objective, PairEncoding pairs) {
    return base.featureKind(objective, pairs);
  }
}
