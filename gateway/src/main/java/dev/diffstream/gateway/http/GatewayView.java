package dev.diffstream.gateway.http;

import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.model.InferenceThread;
import dev.diffstream.service.Quarantine;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What the HTTP side sees: the newest catalog, the thread that answers, and whether the threads
 * make progress.
 */
public record GatewayView(
    Supplier<ServingCatalog> catalog,
    Supplier<Quarantine> quarantine,
    InferenceThread inference,
    BooleanSupplier followerMakesProgress,
    RequestLimits limits,
    String baseName,
    String baseDigest,
    List<TensorSpec> tensorInputs) {
  public boolean live() {
    return inference.makesProgress() && followerMakesProgress.getAsBoolean();
  }

  public boolean ready() {
    return live() && catalog.get().ready();
  }
}
