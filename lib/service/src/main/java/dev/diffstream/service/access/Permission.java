package dev.diffstream.service.access;

import dev.diffstream.schemas.access.Role;
import java.util.EnumSet;
import java.util.Set;

/** What a route takes. docs/access.md lists the routes of each. */
public enum Permission {
  /** Nothing: whether the service lives and is ready, and how one signs in. */
  OPEN(EnumSet.allOf(Role.class), false),
  /** A key, whatever its roles. */
  KEY(EnumSet.allOf(Role.class), false),
  /** Looks at tasks, runs, jobs and files. */
  VIEW(EnumSet.of(Role.READ, Role.SUBMIT, Role.OPERATE), false),
  /** Sends tasks, files and corrections, and steers runs. */
  SUBMIT(EnumSet.of(Role.SUBMIT, Role.OPERATE), false),
  /** Moves aliases, deletes versions, sets rules, sends failed events again. */
  OPERATE(EnumSet.of(Role.OPERATE), false),
  /** Asks tasks. */
  PREDICT(EnumSet.of(Role.PREDICT), false),
  /** Looks at what tells of all tenants at once: gateways, metrics. */
  DEPLOYMENT(EnumSet.of(Role.READ, Role.OPERATE), true);

  private final Set<Role> roles;
  private final boolean ofAllTenants;

  Permission(Set<Role> roles, boolean ofAllTenants) {
    this.roles = roles;
    this.ofAllTenants = ofAllTenants;
  }

  /** One of them gives it. */
  public Set<Role> roles() {
    return EnumSet.copyOf(roles);
  }

  /** Whether keys of one tenant never have it. */
  public boolean ofAllTenants() {
    return ofAllTenants;
  }

  boolean isGivenBy(Set<Role> held) {
    for (Role role : held) {
      if (roles.contains(role)) {
        return true;
      }
    }
    return false;
  }
}
