package dev.diffstream.schemas.diff.probe;

import java.util.List;

/**
 * Fixed public sentences, never rows of a task. A worker records what a diff answers to them; a
 * gateway asks them again before it serves the diff. The list is part of version 1 of the diff file
 * and never changes.
 */
public final class ProbeSentences {
  private ProbeSentences() {}

  /** Two texts; the second is used by objectives over pairs only. */
  public record Probe(String text, String textPair) {}

  public static final List<Probe> V1 =
      List.of(
          new Probe("A man is eating food.", "A man is eating a meal."),
          new Probe(
              "The quick brown fox jumps over the lazy dog.",
              "The stock market fell sharply on Monday."),
          new Probe(
              "I have been waiting for an answer since last week, and nobody calls me back!",
              "When will somebody reply?"),
          new Probe(
              "42",
              "Forty-two is the answer to the question that nobody remembered to write down."));
}
