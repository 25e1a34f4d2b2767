package dev.diffstream.gateway.model;

import dev.diffstream.schemas.data.Words.Word;
import java.util.List;

/** The output of the model for one example, in the form of the objective. */
public sealed interface Answer {
  /** Logits of the text, one for each output. */
  @SuppressWarnings("ArrayRecordComponent") // read once
  record Scores(float[] logits) implements Answer {}

  /**
   * Logits of each word.
   *
   * @param logits by word; empty for a word that was cut off or that has no token
   */
  @SuppressWarnings("ArrayRecordComponent") // read once
  record Tagged(String text, List<Word> words, float[][] logits) implements Answer {}

  /**
   * What could stand for each mask token of the text, in order.
   *
   * @param fills the likeliest tokens first
   */
  record Filled(List<List<Fill>> fills) implements Answer {}

  /** A token and its probability. */
  record Fill(String token, float score) {}
}
