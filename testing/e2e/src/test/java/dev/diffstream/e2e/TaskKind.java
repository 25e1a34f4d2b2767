package dev.diffstream.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.LongNode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.event.TaskSubmitted.DataSet;
import dev.diffstream.schemas.event.TaskSubmittedBuilder;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * What a task event asks for. All events of one kind have the same data, settings and seed, so
 * their diffs must be the same bytes. A run takes some seconds on a base of two layers.
 *
 * @param publishes false: its data does not exist
 */
record TaskKind(String task, String method, long seed, boolean publishes) {
  static final List<TaskKind> ALL =
      List.of(
          new TaskKind("first", "diff-pruning", 1, true),
          new TaskKind("first", "diff-pruning", 2, true),
          new TaskKind("second", "fixed-mask", 1, true),
          new TaskKind("second", "lottery-ticket", 2, true),
          new TaskKind("third", "diff-pruning", 1, false));

  static List<TaskKind> publishing() {
    return ALL.stream().filter(TaskKind::publishes).toList();
  }

  static List<String> servedTasks() {
    return publishing().stream().map(TaskKind::task).distinct().toList();
  }

  String dataKey() {
    return ObjectKeys.data(new TaskId(task), publishes ? "rows.jsonl" : "nothing.jsonl");
  }

  TaskSubmitted event() {
    Map<String, JsonNode> settings =
        Map.of(
            "seed", LongNode.valueOf(seed),
            "stage1Steps", LongNode.valueOf(200),
            "stage3Steps", LongNode.valueOf(60),
            "fullSteps", LongNode.valueOf(200),
            "headSteps", LongNode.valueOf(60),
            "stage1Rate", DoubleNode.valueOf(0.005),
            "stage3Rate", DoubleNode.valueOf(0.01),
            "fullRate", DoubleNode.valueOf(0.005),
            "headRate", DoubleNode.valueOf(0.01));
    return TaskSubmittedBuilder.builder()
        .taskId(task)
        .objective(Objective.CLASSIFICATION)
        .data(DataSet.of(dataKey()))
        .method(method)
        .density(DoubleNode.valueOf(0.05))
        .settings(settings)
        .build();
  }

  /** Rows that a base without knowledge can tell apart: a text is positive when it says good. */
  byte[] rows() {
    String[] words = {
      "the", "man", "is", "eating", "food", "cat", "sat", "on", "mat", "very", "stock", "market"
    };
    Random random = new Random(task.hashCode());
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 120; i++) {
      StringBuilder text = new StringBuilder(Integer.toString(i));
      for (int word = 0; word < 5; word++) {
        text.append(' ').append(words[random.nextInt(words.length)]);
      }
      text.append(i % 2 == 0 ? " good" : " bad").append(" man");
      rows.append(
          "{\"text\":\"%s\",\"label\":\"%s\"}%n".formatted(text, i % 2 == 0 ? "yes" : "no"));
    }
    return rows.toString().getBytes(UTF_8);
  }
}
