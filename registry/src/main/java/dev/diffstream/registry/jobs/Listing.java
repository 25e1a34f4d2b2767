package dev.diffstream.registry.jobs;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A page of a list, in the field names of its clients.
 *
 * @param hasMore whether elements follow, which {@code after} the last id of this page asks for
 */
record Listing<T>(
    String object,
    List<T> data,
    @JsonProperty("has_more") boolean hasMore,
    @JsonProperty("first_id") @Nullable String firstId,
    @JsonProperty("last_id") @Nullable String lastId) {
  private static final int DEFAULT_LIMIT = 20;
  private static final int MAX_LIMIT = 100;

  /**
   * @param after id of the last element of the page before; null: the first page
   */
  static <T> Listing<T> of(
      List<T> all, Function<T, String> id, @Nullable String after, @Nullable Integer limit) {
    int most = limit == null ? DEFAULT_LIMIT : limit;
    if (most < 1 || most > MAX_LIMIT) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST, "limit must be 1 to " + MAX_LIMIT + ", got: " + limit);
    }
    int from = 0;
    if (after != null) {
      List<String> ids = all.stream().map(id).toList();
      from = ids.indexOf(after) + 1;
      if (from == 0) {
        throw new DiffstreamException(
            ErrorCode.INVALID_REQUEST, "after names no element: " + Bounded.value(after));
      }
    }
    List<T> page = all.subList(from, Math.min(all.size(), from + most));
    return new Listing<>(
        "list",
        page,
        from + page.size() < all.size(),
        page.isEmpty() ? null : id.apply(page.getFirst()),
        page.isEmpty() ? null : id.apply(page.getLast()));
  }
}
