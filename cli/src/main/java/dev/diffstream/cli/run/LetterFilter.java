package dev.diffstream.cli.run;

import dev.diffstream.cli.client.HttpJson;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which dead letters. */
final class LetterFilter {
  @Option(names = "--task", paramLabel = "TASK", description = "Only those of this task.")
  private @Nullable String task;

  @Option(names = "--run", paramLabel = "RUN", description = "Only those of this run.")
  private @Nullable String run;

  @Option(names = "--code", paramLabel = "CODE", description = "Only those with this error code.")
  private @Nullable String code;

  Map<String, Object> fields() {
    Map<String, Object> fields = new TreeMap<>();
    if (task != null) {
      fields.put("task", task);
    }
    if (run != null) {
      fields.put("run", run);
    }
    if (code != null) {
      fields.put("errorCode", code);
    }
    return fields;
  }

  String query() {
    StringBuilder query = new StringBuilder();
    fields()
        .forEach(
            (name, value) ->
                query
                    .append('&')
                    .append(name)
                    .append('=')
                    .append(HttpJson.encoded(value.toString())));
    return query.toString();
  }
}
