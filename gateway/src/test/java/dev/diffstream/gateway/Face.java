package dev.diffstream.gateway;

import java.util.List;
import java.util.Map;

/** One way in which a client may ask the gateway; all of them are answered the same. */
interface Face {
  /**
   * An answer, or a refusal.
   *
   * @param code OK or the code of the refusal
   * @param message of the refusal, with its code
   * @param outputs by name: datatype, shape and elements, one behind the other
   * @param proof version and digest as headers or metadata, and as parameters, say
   */
  record Reply(
      String code,
      String message,
      String id,
      Map<String, List<Object>> outputs,
      Map<String, Object> proof) {
    static Reply refusal(String message) {
      String code = message.substring(0, message.indexOf(':'));
      return new Reply(code, message, "", Map.of(), Map.of());
    }
  }

  Reply infer(Ask ask) throws Exception;
}
