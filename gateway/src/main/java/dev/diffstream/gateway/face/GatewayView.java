package dev.diffstream.gateway.face;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.RoutingKey;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.catalog.VersionHealth;
import dev.diffstream.gateway.confidence.Confidences;
import dev.diffstream.gateway.protocol.OipBodies;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.service.Quarantine;
import dev.diffstream.service.access.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the faces see: the newest catalog, the bases that answer, and whether the threads make
 * progress. Where a version is asked for, an empty one means what the task serves by default.
 *
 * @param health hears how each version answers
 * @param confidences hear how sure it is
 * @param loopsMakeProgress whether what follows announcements, and what reads requests of the
 *     topic, goes on
 * @param owner whose each task is; keys of one tenant see its tasks alone
 * @param draining whether it is about to stop: it answers, and wants no more requests
 */
public record GatewayView(
    Supplier<ServingCatalog> catalog,
    Supplier<Quarantine> quarantine,
    VersionHealth health,
    Confidences confidences,
    BooleanSupplier loopsMakeProgress,
    BooleanSupplier draining,
    RequestLimits limits,
    ServedBases bases,
    TaskOwner owner) {
  /** Whose a task is; null: nobody's. */
  @FunctionalInterface
  public interface TaskOwner {
    @Nullable String of(String task);
  }

  /** The version of a request that names none. */
  public static final String DEFAULT_VERSION = "";

  public boolean live() {
    return bases.all().stream().allMatch(base -> base.inference().makesProgress())
        && loopsMakeProgress.getAsBoolean();
  }

  public boolean ready() {
    return live() && catalog.get().ready() && !draining.getAsBoolean();
  }

  /** As the other, with the canary as the default version where it has its turn. */
  ResidentDiff find(Caller caller, String task, String version) {
    ServingCatalog now = catalog.get();
    expectVisible(now, caller.principal(), task);
    RoutingKey key = caller.routingKey();
    return version.equals(DEFAULT_VERSION) ? now.find(task, key) : now.find(task, version);
  }

  /** As {@link ServingCatalog#find(String, String)}. */
  ResidentDiff find(Principal asker, String task, String version) {
    return find(catalog.get(), asker, task, version);
  }

  private ResidentDiff find(ServingCatalog in, Principal asker, String task, String version) {
    expectVisible(in, asker, task);
    return version.equals(DEFAULT_VERSION) ? in.find(task) : in.find(task, version);
  }

  /** A task of another tenant is answered as one that does not exist. */
  private void expectVisible(ServingCatalog in, Principal asker, String task) {
    if (!isVisible(asker, task)) {
      throw in.unknown(task);
    }
  }

  public boolean isVisible(Principal asker, String task) {
    return asker.seesAllTasks() || asker.sees(owner.of(task));
  }

  /** Names of the resident tasks that are theirs to see. */
  public List<String> resident(Principal asker) {
    return catalog.get().resident().keySet().stream()
        .filter(task -> isVisible(asker, task))
        .toList();
  }

  /** Inputs, outputs and properties of a task that is served; else as {@link #find}. */
  public OipBodies.ModelMetadata metadata(Principal asker, String task, String version) {
    ServingCatalog now = catalog.get();
    ResidentDiff diff = find(now, asker, task, version);
    ServedBase base = bases.of(diff);
    return OipBodies.metadata(diff, now.versions(task), base.tensorInputs(), base.properties());
  }

  /**
   * The task, if it is served. Where only ready or not is asked, a task that could not be loaded is
   * not ready.
   *
   * @throws DiffstreamException TASK_UNKNOWN, VERSION_UNKNOWN, or NOT_READY for every other reason
   */
  public ResidentDiff expectReady(Principal asker, String task, String version) {
    try {
      return find(asker, task, version);
    } catch (DiffstreamException e) {
      throw switch (e.code()) {
        case TASK_UNKNOWN, VERSION_UNKNOWN, NOT_READY -> e;
        default -> new DiffstreamException(ErrorCode.NOT_READY, e.getMessage(), e);
      };
    }
  }

  /** Every task with its state. */
  public List<OipBodies.IndexEntry> index(Principal asker, boolean onlyReady) {
    ServingCatalog now = catalog.get();
    List<OipBodies.IndexEntry> entries = new ArrayList<>();
    for (String task : now.tasks()) {
      ResidentDiff diff = now.resident().get(task);
      ServingCatalog.Failure failure = now.failed().get(task);
      String reason = failure == null ? "" : failure.code() + ": " + failure.reason();
      if (diff != null) {
        for (long version : now.versions(task)) {
          entries.add(new OipBodies.IndexEntry(task, Long.toString(version), "READY", reason));
        }
      } else if (failure != null && !onlyReady) {
        entries.add(
            new OipBodies.IndexEntry(
                task, Long.toString(failure.version()), "UNAVAILABLE", reason));
      }
    }
    if (!onlyReady) {
      now.elsewhere()
          .forEach(
              (task, base) ->
                  entries.add(
                      new OipBodies.IndexEntry(
                          task,
                          "",
                          "UNAVAILABLE",
                          ErrorCode.BASE_MISMATCH + ": it belongs to base " + base)));
    }
    entries.removeIf(entry -> !isVisible(asker, entry.name()));
    return entries;
  }
}
