package dev.diffstream.registry.correction;

import dev.diffstream.registry.catalog.Champions;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.correction.Correction;
import dev.diffstream.schemas.correction.CorrectionBuilder;
import dev.diffstream.schemas.data.InvisibleCharacters;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.schemas.registry.VersionRecord;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Takes corrections: nothing is written of one that could not be learned from. Thread-safe. */
public final class Corrections {
  /** Larger texts would make records that workers refuse. */
  static final int MAX_TEXT_CHARS = 10_000;

  private static final int MAX_NAME_CHARS = 256;
  private static final Pattern REQUEST_ID = Pattern.compile("[!-~]{1,128}");
  private static final Set<String> OBJECTIVES =
      Set.of(Objective.CLASSIFICATION.text(), Objective.PAIR_CLASSIFICATION.text());

  private final CorrectionLog log;
  private final Champions champions;
  private final Consumer<Correction> corrected;

  /**
   * @param corrected hears of corrections, also of those that were made before
   */
  public Corrections(CorrectionLog log, Champions champions, Consumer<Correction> corrected) {
    this.log = log;
    this.champions = champions;
    this.corrected = corrected;
  }

  CorrectionLog log() {
    return log;
  }

  /**
   * @param requestId of a request that may be made again: it is answered by what it made; null: it
   *     is not
   * @throws DiffstreamException TASK_UNKNOWN while the task has no champion; LABEL_MISMATCH for a
   *     label that its champion does not know; INVALID_REQUEST for what cannot be learned from, or
   *     if the request's id belongs to another correction
   */
  public Correction add(
      TaskId task, CorrectionBody body, ActorName actor, @Nullable String requestId) {
    if (requestId != null && !REQUEST_ID.matcher(requestId).matches()) {
      throw invalid(
          "the request id must be 1 to 128 visible ASCII characters, got: "
              + Bounded.value(requestId));
    }
    String content = Sha256.of(Json.write(body));
    if (requestId != null) {
      Correction made = log.made(task, requestId, content).orElse(null);
      if (made != null) {
        corrected.accept(made);
        return made;
      }
    }
    check(champions.get(task), body);
    Correction made = log.append(task, correction(task, body, actor), requestId, content);
    corrected.accept(made);
    return made;
  }

  /**
   * Whether it would be taken now; nothing is written.
   *
   * @throws DiffstreamException as {@link #add}
   */
  public void check(TaskId task, CorrectionBody body) {
    check(champions.get(task), body);
  }

  /** Newest first, with numbers below {@code before}. */
  public List<Correction> page(TaskId task, long before, int limit) {
    return log.page(task, before, limit);
  }

  private static CorrectionBuilder correction(TaskId task, CorrectionBody body, ActorName actor) {
    return CorrectionBuilder.builder()
        .taskId(task.value())
        .text(body.text())
        .textPair(body.textPair())
        .label(body.label())
        .answered(body.answered())
        .answerId(body.answerId())
        .digest(body.digest())
        .actor(actor.text());
  }

  private static void check(VersionRecord champion, CorrectionBody body) {
    if (!OBJECTIVES.contains(champion.objective())) {
      throw invalid(
          "corrections are taken for the objectives %s, task %s is of %s: submit it once more with the right rows"
              .formatted(
                  String.join(" and ", OBJECTIVES.stream().sorted().toList()),
                  champion.taskId(),
                  Bounded.value(champion.objective())));
    }
    boolean pairs = champion.objective().equals(Objective.PAIR_CLASSIFICATION.text());
    checkText("text", body.text());
    if (pairs && body.textPair() == null) {
      throw invalid("task %s is about pairs: textPair lacks".formatted(champion.taskId()));
    }
    if (!pairs && body.textPair() != null) {
      throw invalid("task %s is about single texts, got a textPair".formatted(champion.taskId()));
    }
    if (body.textPair() != null) {
      checkText("textPair", body.textPair());
    }
    new LabelCheck(champion).check(body.label(), Boolean.TRUE.equals(body.newLabel()));
    checkName("answered", body.answered());
    checkName("answerId", body.answerId());
    if (body.digest() != null && !Sha256.isValid(body.digest())) {
      throw invalid(
          "digest must be 64 lower-case hex digits, got: " + Bounded.value(body.digest()));
    }
  }

  private static void checkText(String field, String text) {
    if (InvisibleCharacters.isBlank(text)) {
      throw invalid(field + " must hold visible characters, got none");
    }
    if (text.length() > MAX_TEXT_CHARS) {
      throw invalid(
          "%s must have at most %d characters, got %d"
              .formatted(field, MAX_TEXT_CHARS, text.length()));
    }
    checkUnicode(field, text);
  }

  private static void checkName(String field, @Nullable String text) {
    if (text != null && (text.isEmpty() || text.length() > MAX_NAME_CHARS)) {
      throw invalid(
          "%s must have 1 to %d characters, got %d"
              .formatted(field, MAX_NAME_CHARS, text.length()));
    }
    if (text != null) {
      checkUnicode(field, text);
    }
  }

  /** Half of a surrogate pair, which JSON can write as an escape, is no Unicode text. */
  private static void checkUnicode(String field, String text) {
    if (text.codePoints().anyMatch(c -> Character.getType(c) == Character.SURROGATE)) {
      throw invalid(field + " holds half of a surrogate pair: which is not Unicode text");
    }
  }

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message);
  }
}
