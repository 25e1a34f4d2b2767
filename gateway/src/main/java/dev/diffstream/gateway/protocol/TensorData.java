package dev.diffstream.gateway.protocol;

import java.nio.ByteBuffer;
import java.util.List;

/** The data of an input, in the form in which it was sent. */
public sealed interface TensorData {
  /** Elements of a BYTES tensor, row by row. */
  record Texts(List<String> values) implements TensorData {}

  /** Elements of an FP32 tensor, row by row. */
  @SuppressWarnings("ArrayRecordComponent") // read once
  record Floats(float[] values) implements TensorData {}

  /** Elements of any tensor as {@link RawTensors} says. */
  record Raw(ByteBuffer bytes) implements TensorData {}

  /** Nothing, or data of a datatype that no input has. */
  record Absent() implements TensorData {}

  /**
   * Data that is not of the input's datatype.
   *
   * @param why what is said to the caller, should the input itself be one that is asked for
   */
  record Unreadable(String why) implements TensorData {}
}
