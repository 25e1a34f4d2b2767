package dev.diffstream.service.access;

import dev.diffstream.schemas.access.ApiKey;
import dev.diffstream.schemas.access.Role;
import dev.diffstream.schemas.registry.ActorName;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who asks, and what they may. Immutable.
 *
 * @param actor the name of the key; without access control, the name that the caller gives
 * @param keyId null where no key was presented
 * @param tenant sees and touches the tasks of this owner alone; null: those of all
 */
public record Principal(
    ActorName actor, @Nullable String keyId, Set<Role> roles, @Nullable String tenant) {
  /** Without a key where one is needed. */
  public static final Principal NOBODY = new Principal(ActorName.ANONYMOUS, null, Set.of(), null);

  public Principal {
    roles = Set.copyOf(roles);
  }

  /** Somebody where no key is needed: everything is allowed. */
  public static Principal unrestricted(ActorName actor) {
    return new Principal(actor, null, EnumSet.allOf(Role.class), null);
  }

  static Principal of(ApiKey key) {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    key.roles().stream().map(Role::named).flatMap(Optional::stream).forEach(roles::add);
    return new Principal(new ActorName(key.name()), key.id(), roles, key.tenant());
  }

  /** For the log: the actor, and the key where there is one. */
  public String logged() {
    return keyId == null ? actor.text() : actor.text() + " key=" + keyId;
  }

  /**
   * Whether the tasks of this owner are theirs to see.
   *
   * @param owner null where a task has none: seen by keys of all tenants alone
   */
  public boolean sees(@Nullable String owner) {
    return seesAllTasks() || (tenant != null && tenant.equals(owner));
  }

  /** Whether the tasks of all tenants are theirs to see; never of {@link #NOBODY}. */
  public boolean seesAllTasks() {
    return tenant == null && !roles.isEmpty();
  }

  /** Whether {@link AccessPolicy#check} lets them. What is denied comes before what is given. */
  public boolean may(Permission permission) {
    if (permission == Permission.OPEN) {
      return true;
    }
    if (permission.ofAllTenants() && tenant != null) {
      return false;
    }
    return permission.isGivenBy(roles);
  }
}
