package dev.diffstream.gateway.http;

import static java.util.stream.Collectors.joining;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.face.GatewayView;
import dev.diffstream.gateway.face.ServedBase;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.access.Principal;
import dev.diffstream.service.http.RequestPrincipal;
import dev.diffstream.service.http.ServerProperties;
import io.micronaut.context.annotation.Property;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.swagger.v3.oas.annotations.Hidden;
import java.util.Locale;

/** Says to a person with a browser what this is, and where the rest stands. */
@Hidden
@Controller("/")
final class HomeController {
  private static final int MAX_TASKS = 100;
  private static final String PAGE =
      """
      <!doctype html>
      <html lang="en">
      <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>diffstream gateway</title>
      <style>body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}table{border-collapse:collapse}td,th{text-align:left;padding:.2em 1em .2em 0}code{background:#8882;padding:.1em .3em}</style></head>
      <body>
      <h1>diffstream gateway</h1>
      <p>Serves %d tasks over one copy of <code>%s</code>; it is %s.</p>
      <p>Ask a task: <code>POST /v1/tasks/<i>task</i>/predict</code> with <code>{"text":"…"}</code>, or by the Open Inference Protocol v2 at <code>/v2</code>.</p>
      <p><a href="/openapi.yml">OpenAPI</a> · <a href="/v2/models">tasks</a> · <a href="/health">health</a>%s</p>
      <table><tr><th>task</th><th>version</th><th>objective</th><th>state</th></tr>
      %s</table>
      </body></html>
      """;

  private final GatewayView gateway;
  private final boolean managed;

  /**
   * @param managementPort where metrics stand, if not here
   */
  HomeController(
      GatewayView gateway,
      @Nullable @Property(name = ServerProperties.MANAGEMENT_PORT) Integer managementPort) {
    this.gateway = gateway;
    this.managed = managementPort != null;
  }

  @Needs(Permission.KEY)
  @Get(produces = MediaType.TEXT_HTML)
  String home(HttpRequest<?> http) {
    ServingCatalog catalog = gateway.catalog().get();
    StringBuilder rows = new StringBuilder();
    Principal asker = RequestPrincipal.of(http);
    catalog.tasks().stream()
        .filter(task -> gateway.isVisible(asker, task))
        .limit(MAX_TASKS)
        .forEach(task -> rows.append(row(catalog, task)));
    return PAGE.formatted(
        gateway.resident(asker).size(),
        escaped(gateway.bases().all().stream().map(ServedBase::name).collect(joining(" and of "))),
        gateway.ready() ? "ready" : "not ready yet",
        managed ? "" : " · <a href=\"/prometheus\">metrics</a>",
        rows);
  }

  private static String row(ServingCatalog catalog, String task) {
    ResidentDiff diff = catalog.resident().get(task);
    ServingCatalog.Failure failure = catalog.failed().get(task);
    String state = failure == null ? "" : failure.code() + ": " + failure.reason();
    return "<tr><td><a href=\"/v2/models/%s\">%s</a></td><td>%s</td><td>%s</td><td>%s</td></tr>%n"
        .formatted(
            escaped(task),
            escaped(task),
            diff == null ? "" : String.format(Locale.ROOT, "%d", diff.version()),
            diff == null ? "" : escaped(diff.metadata().objective().text()),
            escaped(diff == null && failure == null ? "loading" : state));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
