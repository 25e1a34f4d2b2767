package dev.diffstream.gateway.face;

import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.base.input.TextToken;
import dev.diffstream.gateway.inference.InferenceThread;
import dev.diffstream.gateway.model.Model;
import java.util.List;
import java.util.Map;

/**
 * A base under tasks, and the thread that answers by it.
 *
 * @param properties of how it computes, by name
 * @param tensorInputs that it takes in place of texts; none if it reads texts
 */
public record ServedBase(
    String name,
    String digest,
    List<TensorSpec> tensorInputs,
    TextTokens tokens,
    Map<String, String> properties,
    InferenceThread inference) {

  /** Splits a text into tokens, with or without the special ones around it. */
  public interface TextTokens {
    List<TextToken> of(String text, boolean withSpecial);
  }

  public static ServedBase of(Model model, InferenceThread inference) {
    return new ServedBase(
        model.baseName(),
        model.baseDigest(),
        model.tensorInputs(),
        model::textTokens,
        model.properties(),
        inference);
  }
}
