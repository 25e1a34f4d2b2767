package dev.diffstream.gateway;

import dev.diffstream.gateway.protocol.InferRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A request of tests, before it is written for one of the faces.
 *
 * @param version empty for none
 * @param id empty for none
 */
record Ask(
    String task,
    String version,
    String id,
    List<Input> inputs,
    List<Output> outputs,
    Map<String, Object> parameters) {

  /**
   * @param data texts or floats; none if {@code hasData} is false
   */
  record Input(
      String name,
      String datatype,
      List<Long> shape,
      boolean hasData,
      List<?> data,
      Map<String, Object> parameters) {
    static Input texts(String name, String... texts) {
      return new Input(
          name, InferRequest.BYTES, List.of((long) texts.length), true, List.of(texts), Map.of());
    }

    Input shaped(Long... dimensions) {
      return new Input(name, datatype, List.of(dimensions), hasData, data, parameters);
    }

    Input typed(String other) {
      return new Input(name, other, shape, hasData, data, parameters);
    }

    Input with(String parameter, Object value) {
      return new Input(name, datatype, shape, hasData, data, plus(parameters, parameter, value));
    }

    Input withoutData() {
      return new Input(name, datatype, shape, false, List.of(), parameters);
    }
  }

  /** An output that is asked for. */
  record Output(String name, Map<String, Object> parameters) {}

  /** Asks about texts. */
  static Ask of(String task, String... texts) {
    return new Ask(task, "", "", List.of(Input.texts("text", texts)), List.of(), Map.of());
  }

  Ask ofVersion(String other) {
    return new Ask(task, other, id, inputs, outputs, parameters);
  }

  Ask named(String other) {
    return new Ask(task, version, other, inputs, outputs, parameters);
  }

  Ask over(Input... others) {
    return new Ask(task, version, id, List.of(others), outputs, parameters);
  }

  Ask output(String name) {
    return output(new Output(name, Map.of()));
  }

  Ask output(String name, String parameter, Object value) {
    return output(new Output(name, Map.of(parameter, value)));
  }

  private Ask output(Output output) {
    List<Output> more = new ArrayList<>(outputs);
    more.add(output);
    return new Ask(task, version, id, inputs, more, parameters);
  }

  Ask with(String parameter, Object value) {
    return new Ask(task, version, id, inputs, outputs, plus(parameters, parameter, value));
  }

  private static Map<String, Object> plus(Map<String, Object> map, String name, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(map);
    more.put(name, value);
    return more;
  }
}
