package dev.diffstream.registry.console;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A form that shows what it would do before it does it.
 *
 * @param effect in a sentence
 * @param changes of aliases, where it moves any
 * @param command that does the same
 * @param action address that takes the form
 * @param hidden fields
 * @param back address of the page before
 * @param actor name that was given with the last form
 * @param weight of a canary; null for other forms
 * @param reason as it was typed
 * @param problem with what was typed
 */
@RecordBuilder
public record Act(
    String title,
    String button,
    String effect,
    List<Change> changes,
    String command,
    String action,
    Map<String, String> hidden,
    String back,
    String actor,
    @Nullable String weight,
    @Nullable String reason,
    @Nullable String problem) {

  /** For the template {@code act}. */
  public Map<String, Object> values() {
    Map<String, Object> values = new HashMap<>();
    values.put("title", title);
    values.put("button", button);
    values.put("effect", effect);
    values.put("changes", changes);
    values.put("command", command);
    values.put("action", action);
    values.put("hidden", new TreeMap<>(hidden).entrySet());
    values.put("back", back);
    values.put("actor", actor);
    values.put("weight", weight);
    values.put("reason", reason);
    if (problem != null) {
      values.put("problem", problem);
    }
    return values;
  }
}
