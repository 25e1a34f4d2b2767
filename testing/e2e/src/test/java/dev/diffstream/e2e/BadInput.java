package dev.diffstream.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.diffstream.schemas.ErrorCode;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * A task event that must fail.
 *
 * @param name stands in a header of its own, by which its dead letter is found
 * @param says what the message must contain
 */
record BadInput(String name, String data, ErrorCode code, String says) {

  void send(Stage stage) {
    stage.send("bad", "e-" + name, data, Map.of("e2e", name));
  }

  /** Uploads what they need. */
  static List<BadInput> all(Stage stage) throws IOException {
    String good = new String(Stage.sample("support-topic", 40), UTF_8);
    stage.upload("tasks/bad/data/good.jsonl", good.getBytes(UTF_8));
    stage.upload("tasks/other/data/secret.jsonl", good.getBytes(UTF_8));
    stage.upload("tasks/bad/data/empty.jsonl", new byte[0]);
    stage.upload(
        "tasks/bad/data/latin1.jsonl",
        (good + "\n{\"text\":\"caf\u00e9\",\"label\":\"a\"}")
            .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    stage.upload(
        "tasks/bad/data/unseen.jsonl",
        "{\"text\":\"A new kind of thing\",\"label\":\"unseen\"}".getBytes(UTF_8));
    stage.upload(
        "tasks/bad/data/long.jsonl",
        (good + "\n{\"text\":\"" + "a".repeat(3 << 20) + "\",\"label\":\"a\"}").getBytes(UTF_8));
    stage.upload(
        "tasks/bad/data/one.csv",
        ("text,label\n" + "same words,only\n".repeat(30)).getBytes(UTF_8));
    return List.of(
        new BadInput("not-json", "{\"taskId\":", ErrorCode.INVALID_EVENT, "not JSON"),
        new BadInput(
            "no-objective",
            "{\"taskId\":\"bad\",\"data\":{\"train\":\"x\"}}",
            ErrorCode.INVALID_EVENT,
            "objective"),
        new BadInput(
            "unknown-base",
            task("good.jsonl", "\"base\":\"gpt-17\""),
            ErrorCode.BASE_UNKNOWN,
            "gpt-17"),
        new BadInput(
            "missing-data",
            task("nothing.jsonl", null),
            ErrorCode.DATA_UNREADABLE,
            "nothing.jsonl"),
        new BadInput(
            "other-task",
            event("tasks/other/data/secret.jsonl", null),
            ErrorCode.DATA_FORBIDDEN,
            "tasks/bad/data/"),
        new BadInput(
            "climbing",
            event("tasks/bad/data/../../other/data/secret.jsonl", null),
            ErrorCode.DATA_FORBIDDEN,
            "tasks/bad/data/"),
        new BadInput(
            "other-bucket",
            event("s3://elsewhere/tasks/bad/data/good.jsonl", null),
            ErrorCode.DATA_FORBIDDEN,
            "elsewhere"),
        new BadInput("empty", task("empty.jsonl", null), ErrorCode.TOO_FEW_EXAMPLES, "0 usable"),
        new BadInput(
            "not-utf8", task("latin1.jsonl", null), ErrorCode.INVALID_RECORD, "line 41: not UTF-8"),
        new BadInput(
            "too-long", task("long.jsonl", null), ErrorCode.INVALID_RECORD, "line 41: longer than"),
        new BadInput("wrong-column", columns("words"), ErrorCode.INVALID_RECORD, "words"),
        new BadInput(
            "unseen-label",
            "{\"taskId\":\"bad\",\"objective\":\"classification\",\"data\":{\"train\":\"tasks/bad/data/good.jsonl\",\"test\":\"tasks/bad/data/unseen.jsonl\"}}",
            ErrorCode.LABEL_MISMATCH,
            "unseen"),
        new BadInput("one-label", task("one.csv", null), ErrorCode.TOO_FEW_EXAMPLES, "only"),
        new BadInput(
            "bad-setting",
            task("good.jsonl", "\"settings\":{\"stage1Steps\":3}"),
            ErrorCode.INVALID_EVENT,
            "stage1Steps"));
  }

  private static String task(String file, @org.jspecify.annotations.Nullable String more) {
    return event("tasks/bad/data/" + file, more);
  }

  private static String event(String uri, @org.jspecify.annotations.Nullable String more) {
    return "{\"taskId\":\"bad\",\"objective\":\"classification\",\"data\":{\"train\":\""
        + uri
        + "\"}"
        + (more == null ? "" : "," + more)
        + "}";
  }

  private static String columns(String text) {
    return "{\"taskId\":\"bad\",\"objective\":\"classification\",\"data\":{\"train\":\"tasks/bad/data/good.jsonl\",\"columns\":{\"text\":\""
        + text
        + "\"}}}";
  }
}
