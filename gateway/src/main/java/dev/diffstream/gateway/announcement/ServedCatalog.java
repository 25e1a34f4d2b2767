package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.schemas.registry.AliasTarget;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;

/**
 * The newest catalog, and the one user that the catalog is of each diff in it. The follower's
 * thread writes, any thread reads.
 */
final class ServedCatalog {
  private volatile ServingCatalog newest = ServingCatalog.EMPTY;

  ServingCatalog newest() {
    return newest;
  }

  /** The next catalog, which holds the same diffs. */
  void set(ServingCatalog next) {
    newest = next;
  }

  /**
   * The next catalog, which differs in {@code task} alone. What it holds no more is freed by its
   * last request.
   */
  void replace(String task, ServingCatalog next) {
    Set<PreparedDiff> gone = Collections.newSetFromMap(new IdentityHashMap<>());
    newest.diffs(task).map(ResidentDiff::prepared).forEach(gone::add);
    newest = next;
    next.diffs(task).map(ResidentDiff::prepared).forEach(gone::remove);
    gone.forEach(PreparedDiff::release);
  }

  /** The diff of {@code target} if it is here, whatever it does. */
  Optional<ResidentDiff> find(String task, AliasTarget target) {
    return newest.diffs(task).filter(diff -> isOf(diff, target)).findFirst();
  }

  static boolean isOf(ResidentDiff diff, AliasTarget target) {
    return diff.version() == target.version() && diff.digest().equals(target.digest());
  }
}
