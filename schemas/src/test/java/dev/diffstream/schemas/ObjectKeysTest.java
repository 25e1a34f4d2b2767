package dev.diffstream.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectKeysTest {
  private static final TaskId TASK = new TaskId("support-topic");

  @Test
  void keysAreTheDesigns() {
    assertThat(ObjectKeys.version(TASK, 12))
        .isEqualTo("tasks/support-topic/versions/00000000000000000012.json");
    assertThat(ObjectKeys.aliases(TASK, 1))
        .isEqualTo("tasks/support-topic/aliases/00000000000000000001.json");
    assertThat(ObjectKeys.diff("ab".repeat(32))).isEqualTo("diffs/sha256/" + "ab".repeat(32));
    assertThat(ObjectKeys.signature("ab".repeat(32), "cd".repeat(32)))
        .isEqualTo("diffs/sha256/" + "ab".repeat(32) + "." + "cd".repeat(32) + ".sig");
    assertThat(ObjectKeys.attempt("run-1", 2))
        .isEqualTo("runs/run-1/attempts/00000000000000000002.json");
    assertThat(ObjectKeys.report("run-1", 2))
        .isEqualTo("runs/run-1/attempts/00000000000000000002/report.json");
    assertThat(ObjectKeys.provenance("run-1", 2))
        .isEqualTo("runs/run-1/attempts/00000000000000000002/provenance.json");
    assertThat(ObjectKeys.reportKey(ObjectKeys.provenance("run-1", 2))).isEmpty();
    assertThat(ObjectKeys.outcome("run-1")).isEqualTo("runs/run-1/outcome.json");
    assertThat(ObjectKeys.refusal("run-1", 1))
        .isEqualTo("runs/run-1/refusals/00000000000000000001.json");
    assertThat(ObjectKeys.control("run-1", 1))
        .isEqualTo("runs/run-1/control/00000000000000000001.json");
    assertThat(ObjectKeys.admission("ab".repeat(32), 3))
        .isEqualTo("admissions/" + "ab".repeat(32) + "/00000000000000000003.json");
    assertThat(ObjectKeys.tombstone(TASK, 2))
        .isEqualTo("tasks/support-topic/tombstones/00000000000000000002.json");
    assertThat(ObjectKeys.correction(TASK, 3))
        .isEqualTo("tasks/support-topic/data/corrections/00000000000000000003.json");
    assertThat(ObjectKeys.correctionsThrough(TASK, 3))
        .isEqualTo("tasks/support-topic/data/corrections/through-00000000000000000003.jsonl");
    assertThat(ObjectKeys.correctionRequest(TASK, "ab".repeat(32)))
        .isEqualTo("tasks/support-topic/correction-requests/" + "ab".repeat(32) + ".json");
    assertThat(ObjectKeys.retraining(TASK, 1))
        .isEqualTo("tasks/support-topic/retrainings/00000000000000000001.json");
    assertThat(ObjectKeys.rule(TASK, 2)).isEqualTo("rules/support-topic/00000000000000000002.json");
    assertThat(ObjectKeys.ruledTask(ObjectKeys.rule(TASK, 2))).contains(TASK);
    assertThat(ObjectKeys.ruledTask("rules/support-topic/2.json")).isEmpty();
    assertThat(ObjectKeys.snapshotPrefix(9)).isEqualTo("snapshots/00000000000000000009/");
    String manifest = "snapshots/00000000000000000009/manifest.json";
    assertThat(ObjectKeys.snapshotManifest(9)).isEqualTo(manifest);
    assertThat(ObjectKeys.manifestNumber(manifest)).hasValue(9);
    String tasks = "snapshots/00000000000000000009/a_.b-7.jsonl.gz";
    assertThat(ObjectKeys.snapshotTasks(9, "a/.b-7")).isEqualTo(tasks);
    assertThat(ObjectKeys.manifestNumber(tasks)).isEmpty();
    assertThat(ObjectKeys.snapshotNumber(tasks)).hasValue(9);
    assertThat(ObjectKeys.snapshotNumber("snapshots/9/manifest.json")).isEmpty();
    assertThat(ObjectKeys.snapshotNumber("snapshots/00000000000000000009")).isEmpty();
    assertThat(ObjectKeys.data(TASK, "train.jsonl"))
        .isEqualTo("tasks/support-topic/data/train.jsonl");
  }

  @Test
  void numbersAreReadBack() {
    String prefix = ObjectKeys.versionsPrefix(TASK);
    assertThat(ObjectKeys.number(prefix, ObjectKeys.version(TASK, Long.MAX_VALUE)))
        .hasValue(Long.MAX_VALUE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00000000000000000012.json-0b7e",
        "12.json",
        "0000000000000000001x.json",
        "99999999999999999999.json",
        "a/00000000000000000012.json",
      })
  void temporaryAndStrangeNamesAreNoNumbers(String name) {
    String prefix = ObjectKeys.versionsPrefix(TASK);
    assertThat(ObjectKeys.number(prefix, prefix + name)).isEmpty();
  }

  @Test
  void taskOfReadsOnlyTaskKeys() {
    assertThat(ObjectKeys.taskOf(ObjectKeys.version(TASK, 1))).isEqualTo(TASK);
    assertThat(ObjectKeys.taskOf("runs/x/report.json")).isNull();
    assertThat(ObjectKeys.taskOf("tasks/UPPER/versions/x")).isNull();
  }

  @Test
  void reportKeysAreReadBack() {
    assertThat(ObjectKeys.reportKey(ObjectKeys.report("run-1", 12)))
        .contains(new ObjectKeys.ReportKey("run-1", 12));
    assertThat(ObjectKeys.reportKey(ObjectKeys.attempt("run-1", 12))).isEmpty();
    assertThat(ObjectKeys.reportKey("runs/a/b/attempts/00000000000000000012/report.json"))
        .isEmpty();
    assertThat(ObjectKeys.reportKey("runs/a/attempts/99999999999999999999/report.json")).isEmpty();
    assertThat(ObjectKeys.reportKey("runs/a/attempts/00000000000000000012/report.json-0b7e"))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "A", "-a", "a/b", "..", "ümlaut"})
  void badTaskIdsAreRefused(String id) {
    assertThatThrownBy(() -> new TaskId(id))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining("INVALID_EVENT");
  }
}
