package dev.diffstream.gateway.output;

import dev.diffstream.gateway.model.Answer;
import dev.diffstream.gateway.model.Probabilities;
import dev.diffstream.schemas.data.BioTags;
import java.util.ArrayList;
import java.util.List;

/**
 * The likeliest tag of each word of a text.
 *
 * @param confidence probability of the tag, by word; 0 for a word that was not read
 */
@SuppressWarnings("ArrayRecordComponent") // read once
record WordTags(Answer.Tagged answer, List<String> tags, float[] confidence) {
  static WordTags of(Answer.Tagged answer, List<String> labels) {
    List<String> tags = new ArrayList<>();
    float[] confidence = new float[answer.words().size()];
    for (int word = 0; word < confidence.length; word++) {
      float[] logits = answer.logits()[word];
      if (logits.length == 0) {
        tags.add(BioTags.OUTSIDE);
      } else {
        int best = Probabilities.largest(logits);
        tags.add(labels.get(best));
        confidence[word] = Probabilities.softmax(logits)[best];
      }
    }
    return new WordTags(answer, tags, confidence);
  }

  /** Mean probability of the tags of some words. */
  float confidence(int from, int to) {
    double sum = 0;
    for (int word = from; word < to; word++) {
      sum += confidence[word];
    }
    return (float) (sum / (to - from));
  }
}
