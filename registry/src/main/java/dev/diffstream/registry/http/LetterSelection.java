package dev.diffstream.registry.http;

import dev.diffstream.registry.deadletter.DeadLetter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which letters; all that are given must fit, and one must be given.
 *
 * @param places of letters
 */
record LetterSelection(
    @Nullable List<String> places,
    @Nullable String task,
    @Nullable String run,
    @Nullable String errorCode) {

  boolean isEmpty() {
    return places == null && task == null && run == null && errorCode == null;
  }

  boolean takes(DeadLetter letter) {
    return (places == null || places.contains(letter.place()))
        && (task == null || task.equals(letter.taskId()))
        && (run == null || run.equals(letter.runId()))
        && (errorCode == null || errorCode.equals(letter.errorCode()));
  }
}
