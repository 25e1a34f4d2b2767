package dev.diffstream.registry.tenancy;

import dev.diffstream.registry.catalog.RegistrySnapshot;
import dev.diffstream.registry.catalog.TaskOwner;
import dev.diffstream.service.access.Principal;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The newest snapshot as somebody may see it: lists, pages and look-ups of requests all read it
 * from here, so that none of them can show a task of another tenant. What one tenant sees of one
 * snapshot is made once, in one pass over its tasks and runs. Thread-safe.
 */
public final class VisibleTasks implements Supplier<RegistrySnapshot> {
  private static final int MOST_TENANTS = 1_000;

  private final Supplier<RegistrySnapshot> newest;
  private final Supplier<Principal> asker;
  private final Map<String, Seen> seen = new ConcurrentHashMap<>();

  private record Seen(RegistrySnapshot of, RegistrySnapshot visible) {}

  /**
   * @param asker for whom the calling thread works
   */
  public VisibleTasks(Supplier<RegistrySnapshot> newest, Supplier<Principal> asker) {
    this.newest = newest;
    this.asker = asker;
  }

  /** What the one for whom this thread works may see. */
  @Override
  public RegistrySnapshot get() {
    return of(asker.get());
  }

  RegistrySnapshot of(Principal principal) {
    RegistrySnapshot now = newest.get();
    if (principal.seesAllTasks()) {
      return now;
    }
    String tenant = principal.tenant();
    if (tenant == null) {
      return new RegistrySnapshot(
          RegistrySnapshot.EMPTY.tasks(), RegistrySnapshot.EMPTY.runIndex(), now.ready());
    }
    Seen before = seen.get(tenant);
    if (before != null && before.of == now) {
      return before.visible;
    }
    if (seen.size() >= MOST_TENANTS) {
      seen.clear();
    }
    RegistrySnapshot visible = now.only(task -> tenant.equals(TaskOwner.of(now, task)));
    seen.put(tenant, new Seen(now, visible));
    return visible;
  }

  /** Whether something is known of the task that they may see. */
  boolean isVisible(Principal principal, String task) {
    RegistrySnapshot visible = of(principal);
    return visible.tasks().containsKey(task) || visible.runIndex().newestOf(task).isPresent();
  }

  /** Whether the one for whom this thread works sees all of the task. */
  public boolean isVisible(String task) {
    Principal principal = asker.get();
    return principal.seesAllTasks() || isVisible(principal, task);
  }
}
