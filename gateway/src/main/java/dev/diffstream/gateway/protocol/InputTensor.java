package dev.diffstream.gateway.protocol;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.List;

/**
 * An input of a request, as it was sent: none of it is checked.
 *
 * @param shape the dimensions that the sender claims
 */
public record InputTensor(
    String name, String datatype, List<Long> shape, Parameters parameters, TensorData data) {
  public InputTensor {
    shape = List.copyOf(shape);
  }

  void expectDatatype(String expected) {
    if (!datatype.equals(expected)) {
      throw invalid("must have datatype " + expected + ", got: " + Parameters.shown(datatype));
    }
    if (parameters.has("shared_memory_region")) {
      throw invalid("shared memory is not supported");
    }
  }

  /** The shape as JSON has it. */
  String shownShape() {
    return Bounded.value(shape.toString().replace(" ", ""));
  }

  /** INVALID_REQUEST that names this input. */
  DiffstreamException invalid(String message) {
    return invalid(name, message);
  }

  static DiffstreamException invalid(String name, String message) {
    return new DiffstreamException(
        ErrorCode.INVALID_REQUEST, "input \"" + Bounded.value(name) + "\": " + message);
  }
}
