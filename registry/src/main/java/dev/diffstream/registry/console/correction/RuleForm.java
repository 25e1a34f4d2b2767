package dev.diffstream.registry.console.correction;

import dev.diffstream.registry.console.Form;
import dev.diffstream.registry.console.ShellCommand;
import dev.diffstream.registry.retraining.RuleBody;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.correction.RetrainingRule;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The fields of a rule, as they stand in a form and in a command. */
final class RuleForm {
  private static final Map<String, String> OPTIONS = options();

  private final Map<String, String> fields;

  private RuleForm(Map<String, String> fields) {
    this.fields = fields;
  }

  private static Map<String, String> options() {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("corrections", "--corrections");
    options.put("qualityBelow", "--quality-below");
    options.put("qualityOf", "--quality-of");
    options.put("confidenceDrift", "--confidence-drift");
    options.put("cooldownMinutes", "--cooldown");
    options.put("perDay", "--per-day");
    options.put("total", "--total");
    options.put("minGain", "--min-gain");
    options.put("reason", "--reason");
    return options;
  }

  static RuleForm of(Form form) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String name : OPTIONS.keySet()) {
      String value = form.text(name);
      if (value != null) {
        fields.put(name, value);
      }
    }
    return new RuleForm(fields);
  }

  /** A rule that was set, to be changed; null: an empty form. */
  static RuleForm of(@Nullable RetrainingRule rule) {
    Map<String, String> fields = new LinkedHashMap<>();
    if (rule != null) {
      put(fields, "corrections", rule.corrections());
      put(fields, "qualityBelow", rule.qualityBelow());
      put(fields, "qualityOf", rule.qualityOf());
      put(fields, "confidenceDrift", rule.confidenceDrift());
      put(fields, "cooldownMinutes", Long.toString(rule.cooldown().toMinutes()));
      if (rule.budget() != null) {
        put(fields, "perDay", rule.budget().perDay());
        put(fields, "total", rule.budget().total());
      }
      put(fields, "minGain", rule.minGain());
    }
    return new RuleForm(fields);
  }

  private static void put(Map<String, String> fields, String name, @Nullable Object value) {
    if (value != null) {
      fields.put(name, value.toString());
    }
  }

  Map<String, String> fields() {
    return fields;
  }

  /**
   * @throws DiffstreamException INVALID_REQUEST for a field that is no number
   */
  RuleBody body() {
    Map<String, List<String>> lists = new HashMap<>();
    fields.forEach((name, value) -> lists.put(name, List.of(value)));
    Form form = new Form(lists);
    Long minutes = form.number("cooldownMinutes");
    Long perDay = form.number("perDay");
    Long total = form.number("total");
    return new RuleBody(
        integer(form.number("corrections")),
        form.decimal("qualityBelow"),
        integer(form.number("qualityOf")),
        minutes == null ? null : Math.multiplyExact(Math.clamp(minutes, -1, 1_000_000), 60L),
        perDay == null && total == null
            ? null
            : new RetrainingRule.Budget(integer(perDay), integer(total)),
        form.decimal("minGain"),
        form.decimal("confidenceDrift"),
        fields.get("reason"));
  }

  private static @Nullable Integer integer(@Nullable Long value) {
    return value == null ? null : (Integer) Math.clamp(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  String command(TaskId task) {
    ShellCommand command = ShellCommand.of("diffstream rules").argument(task.value());
    fields.forEach(
        (name, value) ->
            command.option(
                Objects.requireNonNull(OPTIONS.get(name)),
                name.equals("cooldownMinutes") ? value + "m" : value));
    return command.toString();
  }
}
