package dev.diffstream.gateway.protocol;

import dev.diffstream.gateway.model.Example;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * The BYTES inputs of a request for a base that reads texts: {@code text}, and the second texts.
 */
final class TextInputs {
  static final String TEXT = "text";
  static final String TEXT_PAIR = "text_pair";

  /**
   * As the metadata tell it. {@code [n]} is read as well; but where a configuration has a largest
   * batch, clients take the first dimension for the batch and need one behind it.
   */
  static final List<Integer> SHAPE = List.of(-1, 1);

  private final Parameters ofRequest;
  private final int max;
  private final TreeMap<String, List<String>> found = new TreeMap<>();

  /**
   * @param max texts of a request
   */
  TextInputs(Parameters ofRequest, int max) {
    this.ofRequest = ofRequest;
    this.max = max;
  }

  /** Takes the next input of the request. */
  void add(InputTensor input) {
    if (!Set.of(TEXT, TEXT_PAIR).contains(input.name())) {
      throw invalid("inputs are text and text_pair, got: " + Parameters.shown(input.name()));
    }
    input.expectDatatype(InferRequest.BYTES);
    List<String> elements = elements(input, count(input));
    List<String> texts = TextContent.of(input, ofRequest).decode(elements);
    if (found.put(input.name(), texts) != null) {
      throw input.invalid("stands twice in the request");
    }
  }

  private static long count(InputTensor input) {
    List<Long> shape = input.shape();
    boolean known = shape.size() == 1 || (shape.size() == 2 && shape.get(1) == 1);
    if (!known || shape.getFirst() < 0) {
      throw input.invalid("must have shape [n] or [n,1], got: " + input.shownShape());
    }
    return shape.getFirst();
  }

  private static List<String> elements(InputTensor input, long count) {
    List<String> values =
        switch (input.data()) {
          case TensorData.Texts(List<String> texts) -> texts;
          case TensorData.Raw(ByteBuffer raw) -> RawTensors.texts(input, raw);
          case TensorData.Floats floats -> throw input.invalid("must hold strings, got numbers");
          case TensorData.Absent absent -> throw input.invalid("has no data");
          case TensorData.Unreadable(String why) -> throw input.invalid(why);
        };
    if (values.size() != count) {
      throw input.invalid(
          "has shape " + input.shownShape() + " but " + values.size() + " elements");
    }
    return values;
  }

  /** The examples of the request. */
  List<Example> examples() {
    List<String> texts = found.get(TEXT);
    List<String> seconds = found.get(TEXT_PAIR);
    if (texts == null) {
      throw invalid("expected an input \"text\" of datatype BYTES and shape [n], got none");
    }
    if (texts.isEmpty() || texts.size() > max) {
      throw invalid("a request holds 1 to " + max + " texts, got " + texts.size());
    }
    if (seconds != null && seconds.size() != texts.size()) {
      throw invalid(
          "text_pair must have as many elements as text, "
              + texts.size()
              + ", got "
              + seconds.size());
    }
    return Example.texts(texts, seconds);
  }

  /** Whether the examples are pairs of texts. */
  boolean pairs() {
    return found.containsKey(TEXT_PAIR);
  }

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message);
  }
}
