package dev.diffstream.gateway.protocol;

import java.util.Arrays;

/**
 * An answer as it is sent: JSON, and behind it the outputs that were asked for as raw bytes, in the
 * order of the JSON.
 *
 * @param jsonLength how many of {@code body} are JSON
 */
@SuppressWarnings("ArrayRecordComponent") // written once
public record InferAnswer(byte[] body, int jsonLength) {
  static InferAnswer of(byte[] json, byte[] raw) {
    byte[] body = Arrays.copyOf(json, json.length + raw.length);
    System.arraycopy(raw, 0, body, json.length, raw.length);
    return new InferAnswer(body, json.length);
  }

  /** Whether raw bytes stand behind the JSON. */
  public boolean isBinary() {
    return jsonLength < body.length;
  }
}
