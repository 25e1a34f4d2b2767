package dev.diffstream.registry.openlineage;

import dev.diffstream.registry.outbound.HttpAddress;
import dev.diffstream.settings.Settings;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Who is told of runs in OpenLineage's form.
 *
 * @param url null: nobody
 * @param apiKey sent as a bearer token; empty: none
 * @param namespace of the jobs and models that are told of
 */
public record OpenLineageSettings(@Nullable URI url, String apiKey, String namespace) {
  private static final String URL = "diffstream.registry.openlineage-url";
  private static final String NAMESPACE = "diffstream";

  public static final OpenLineageSettings NONE = new OpenLineageSettings(null, "", NAMESPACE);

  public static OpenLineageSettings from(Settings settings) {
    String url =
        settings.text(
            URL,
            "",
            "http address of a receiver of OpenLineage events; without a path /api/v1/lineage is meant");
    return new OpenLineageSettings(
        url.isBlank() ? null : HttpAddress.parse(URL, url.strip()),
        settings.secret(
            "diffstream.registry.openlineage-api-key", "", "bearer token for that address"),
        settings.text(
            "diffstream.registry.openlineage-namespace",
            NAMESPACE,
            "OpenLineage's namespace of the jobs and models of this deployment"));
  }

  @Override
  public String toString() {
    return url == null ? "none" : url + ", namespace " + namespace;
  }
}
