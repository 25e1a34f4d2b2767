package dev.diffstream.schemas.access;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a key is for. A key has one role or more. */
public enum Role {
  /** Looks at tasks, runs and gateways, and changes nothing. */
  READ,
  /** Sends tasks, files and corrections, and steers runs. */
  SUBMIT,
  /** Moves aliases, deletes versions, sets rules, sends failed events again. */
  OPERATE,
  /** Asks tasks. */
  PREDICT;

  /** As it stands in a key's object and on the command line. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Empty for a role that a newer program has. */
  public static Optional<Role> named(String text) {
    return Arrays.stream(values()).filter(role -> role.text().equals(text)).findFirst();
  }
}
