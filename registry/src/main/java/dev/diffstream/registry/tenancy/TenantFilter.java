package dev.diffstream.registry.tenancy;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.service.access.Principal;
import dev.diffstream.service.http.RequestPrincipal;
import io.micronaut.core.annotation.Order;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.web.router.RouteAttributes;
import java.util.Map;

/**
 * Answers a path that names a task or run of another tenant as one that names nothing, whether
 * there is such a thing or not: in the same words, before anything is looked up. Jobs and files
 * look themselves, since they are known before the topics tell of them.
 */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
final class TenantFilter {
  /** After it is known who asks. */
  private static final int SECOND = -900;

  private final VisibleTasks visible;

  TenantFilter(VisibleTasks visible) {
    this.visible = visible;
  }

  @RequestFilter
  @Order(SECOND)
  void check(HttpRequest<?> request) {
    Principal asker = RequestPrincipal.of(request);
    if (asker.tenant() != null) {
      RouteAttributes.getRouteMatch(request)
          .ifPresent(route -> check(asker, route.getVariableValues()));
    }
  }

  private void check(Principal asker, Map<String, Object> named) {
    if (named.get("taskId") instanceof String task && !visible.isVisible(asker, task)) {
      throw unknown("task", task);
    }
    if (named.get("runId") instanceof String run && !isVisibleRun(asker, run)) {
      throw unknown("run", run);
    }
  }

  private boolean isVisibleRun(Principal asker, String run) {
    return visible.of(asker).run(run).isPresent();
  }

  private static DiffstreamException unknown(String what, String name) {
    return new DiffstreamException(
        ErrorCode.TASK_UNKNOWN, "no " + what + " " + Bounded.value(name));
  }
}
