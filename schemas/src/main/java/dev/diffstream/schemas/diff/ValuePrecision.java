package dev.diffstream.schemas.diff;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;

/** How the values of a diff are stored. */
public enum ValuePrecision {
  FP32("fp32", "F32", 4),
  FP16("fp16", "F16", 2);

  private final String text;
  private final String dtype;
  private final int bytes;

  ValuePrecision(String text, String dtype, int bytes) {
    this.text = text;
    this.dtype = dtype;
    this.bytes = bytes;
  }

  /** As a task event says it. */
  public String text() {
    return text;
  }

  /** The safetensors dtype. */
  public String dtype() {
    return dtype;
  }

  /** Bytes per value. */
  public int bytes() {
    return bytes;
  }

  /**
   * The value that a reader will get back for {@code value}: rounded to the nearest, ties to even;
   * too large stays finite.
   */
  public float rounded(float value) {
    return this == FP32 ? value : HalfFloat.toFloat(HalfFloat.fromFloat(value));
  }

  public static ValuePrecision of(String text) {
    for (ValuePrecision precision : values()) {
      if (precision.text.equals(text)) {
        return precision;
      }
    }
    throw new DiffstreamException(
        ErrorCode.INVALID_EVENT, "precision must be fp32 or fp16, got: " + text);
  }
}
