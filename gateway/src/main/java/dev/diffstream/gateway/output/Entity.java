package dev.diffstream.gateway.output;

import dev.diffstream.gateway.model.Answer;
import dev.diffstream.schemas.data.BioTags;
import dev.diffstream.schemas.data.Words.Word;
import java.util.ArrayList;
import java.util.List;

/**
 * An entity of a text.
 *
 * @param start in code points of the text; {@code end} is behind the last one
 * @param score mean probability of its words' tags
 */
public record Entity(String type, int start, int end, String text, float score) {
  /** The entities of a text, in its order. */
  public static List<Entity> of(Answer.Tagged answer, List<String> labels) {
    return of(WordTags.of(answer, labels));
  }

  static List<Entity> of(WordTags found) {
    String text = found.answer().text();
    List<Word> words = found.answer().words();
    List<Entity> entities = new ArrayList<>();
    for (BioTags.Span span : BioTags.spans(found.tags())) {
      int start = words.get(span.from()).start();
      int end = words.get(span.to() - 1).end();
      entities.add(
          new Entity(
              span.type(),
              text.codePointCount(0, start),
              text.codePointCount(0, end),
              text.substring(start, end),
              found.confidence(span.from(), span.to())));
    }
    return entities;
  }
}
