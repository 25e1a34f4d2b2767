package dev.diffstream.registry.submission;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.access.AccessKeys;
import dev.diffstream.schemas.access.TaskClaim;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.access.Principal;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives an event the owner that its sender's key names. The first tenant to send an event of a task
 * through any registry has the task: of two who do so at once, the one whose object is put first.
 */
public final class TaskClaims {
  private static final long MAX_BYTES = 64 << 10;

  private final ObjectStore store;
  private final Supplier<Principal> asker;
  private final Function<String, @Nullable Known> known;
  private final InstantSource clock;

  /**
   * What is known of a task.
   *
   * @param owner null: nobody
   */
  public record Known(@Nullable String owner) {}

  /**
   * @param asker for whom the calling thread works
   * @param known null for a task of which nothing is known
   */
  public TaskClaims(
      ObjectStore store,
      Supplier<Principal> asker,
      Function<String, @Nullable Known> known,
      InstantSource clock) {
    this.store = store;
    this.asker = asker;
    this.known = known;
    this.clock = clock;
  }

  /** Whether the sender may know of an event with this owner. */
  boolean sees(@Nullable String owner) {
    return asker.get().sees(owner);
  }

  /** The tenant whose files and tasks the sender makes; null: nobody's in particular. */
  public @Nullable String tenant() {
    return asker.get().tenant();
  }

  /**
   * The event with its owner.
   *
   * @throws DiffstreamException PERMISSION_DENIED for a task, or an owner, that is not the sender's
   */
  ObjectNode owned(ObjectNode event) {
    String tenant = tenant();
    if (tenant == null) {
      return event;
    }
    String named = event.path("owner").asText("");
    if (!named.isEmpty() && !named.equals(tenant)) {
      throw denied("owner must be " + tenant + " or absent, got: " + Bounded.value(named));
    }
    String id = event.path("taskId").asText();
    if (TaskId.isValid(id)) { // else it is refused as no task's
      claim(new TaskId(id), tenant);
    }
    return event.deepCopy().put("owner", tenant);
  }

  private void claim(TaskId task, String tenant) {
    Known before = known.apply(task.value());
    if (before != null) {
      expect(task, tenant, before.owner());
      return;
    }
    String key = AccessKeys.taskOwner(task);
    TaskClaim own = new TaskClaim(task.value(), tenant, clock.instant());
    if (store.putIfAbsent(key, Json.write(own), Map.of()) == PutOutcome.EXISTS) {
      expect(
          task,
          tenant,
          store
              .get(key, MAX_BYTES)
              .map(bytes -> Json.read(bytes, TaskClaim.class, key).owner())
              .orElse(null));
    }
  }

  private static void expect(TaskId task, String tenant, @Nullable String owner) {
    if (!tenant.equals(owner)) {
      throw denied("task id " + task + " is not this key's to use");
    }
  }

  private static DiffstreamException denied(String message) {
    return new DiffstreamException(ErrorCode.PERMISSION_DENIED, message);
  }
}
