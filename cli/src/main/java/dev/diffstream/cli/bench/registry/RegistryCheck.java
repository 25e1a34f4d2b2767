package dev.diffstream.cli.bench.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.HttpJson;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Compares what a registry answers with what was written. */
final class RegistryCheck {
  private static final int PAGE = 1_000;

  private final HttpJson http;
  private final PlannedTasks tasks;

  RegistryCheck(HttpJson http, PlannedTasks tasks) {
    this.http = http;
    this.tasks = tasks;
  }

  /** Every task once, in order, with all of its versions. */
  void counts() {
    Set<String> seen = new HashSet<>();
    long versions = 0;
    String after = "";
    do {
      JsonNode page = http.get("/v1/tasks?limit=" + PAGE + "&after=" + after);
      for (JsonNode task : page.path("tasks")) {
        expect("order of tasks", true, task.path("taskId").asText().compareTo(after) > 0);
        after = task.path("taskId").asText();
        seen.add(after);
        versions += task.path("versions").asInt();
      }
      after = page.path("next").asText();
    } while (!after.isEmpty());
    expect("number of tasks", tasks.tasks(), seen.size());
    expect("number of versions", (long) tasks.versions(), versions);
  }

  /** Aliases, versions and history of some tasks. */
  void samples(int count, Random random) {
    for (int i = 0; i < count; i++) {
      int task = random.nextInt(tasks.tasks());
      String path = "/v1/tasks/" + PlannedTasks.id(task);
      JsonNode answer = http.get(path);
      expect(path + " generation", 2, answer.path("generation").asInt());
      expect(
          path + " champion",
          tasks.version(task, tasks.versionsOf(task)).digest(),
          answer.at("/aliases/champion/digest").asText());
      JsonNode listed = http.get(path + "/versions").path("versions");
      expect(path + " versions", tasks.versionsOf(task), listed.size());
      for (int number = 1; number <= tasks.versionsOf(task); number++) {
        expect(
            path + " version " + number,
            tasks.version(task, number).digest(),
            listed.get(listed.size() - number).path("digest").asText());
      }
      expect(path + " moves", 2, http.get(path + "/moves").path("moves").size());
    }
  }

  static void expect(String what, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new IllegalStateException(
          "%s: expected %s, got %s".formatted(what, List.of(expected), List.of(actual)));
    }
  }
}
