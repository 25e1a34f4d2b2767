package dev.diffstream.registry.console;

import org.jspecify.annotations.Nullable;

/** The filters of lists: fields of a query, of which empty ones ask for nothing. */
public final class Filter {
  private Filter() {}

  public static boolean fits(@Nullable String filter, @Nullable String value) {
    return filter == null || filter.isEmpty() || filter.equals(value);
  }

  public static String shown(@Nullable String filter) {
    return filter == null ? "" : filter;
  }
}
