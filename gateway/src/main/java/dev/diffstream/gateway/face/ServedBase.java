package dev.diffstream.gateway.face;

import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.gateway.model.Model;
import java.util.List;

/**
 * The base under all tasks.
 *
 * @param tensorInputs that it takes in place of texts; none if it reads texts
 */
public record ServedBase(String name, String digest, List<TensorSpec> tensorInputs) {
  public static ServedBase of(Model model) {
    return new ServedBase(model.baseName(), model.baseDigest(), model.tensorInputs());
  }
}
