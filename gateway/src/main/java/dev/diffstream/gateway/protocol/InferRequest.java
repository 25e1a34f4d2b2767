package dev.diffstream.gateway.protocol;

import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.gateway.model.Example;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A checked inference request of the Open Inference Protocol, the same for both faces.
 *
 * @param pairs whether the examples are pairs of texts
 * @param timeout after which the answer is of no use; zero for none
 */
public record InferRequest(
    @Nullable String id,
    List<Example> examples,
    boolean pairs,
    RequestedOutputs requested,
    Duration timeout) {
  /** Datatypes of inputs and outputs. */
  public static final String BYTES = "BYTES";

  public static final String FP32 = "FP32";

  /** Longer timeouts are as good as this one. */
  public static final Duration MAX_TIMEOUT = Duration.ofDays(1);

  /**
   * Checks what does not depend on the task that is asked.
   *
   * @param max examples of a request
   * @param tensors what the base takes in place of texts; none: texts
   * @throws DiffstreamException INVALID_REQUEST, which names what is wrong, what was expected and
   *     what came
   */
  public static InferRequest of(InferMessage message, int max, List<TensorSpec> tensors) {
    if (tensors.isEmpty()) {
      TextInputs inputs = new TextInputs(message.parameters(), max);
      message.inputs().forEach(inputs::add);
      return of(message, inputs.examples(), inputs.pairs());
    }
    TensorInputs inputs = new TensorInputs(tensors, max);
    message.inputs().forEach(inputs::add);
    return of(message, inputs.examples(), false);
  }

  private static InferRequest of(InferMessage message, List<Example> examples, boolean pairs) {
    return new InferRequest(
        message.id(), examples, pairs, RequestedOutputs.of(message), timeout(message.parameters()));
  }

  /** Names of the outputs asked for; empty: all. */
  public Set<String> outputs() {
    return requested.names();
  }

  private static Duration timeout(Parameters parameters) {
    Object micros = parameters.values().getOrDefault("timeout", 0L);
    if (!(micros instanceof Long number) || number < 0) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "the parameter timeout must be a number of microseconds, got: "
              + Parameters.shown(micros));
    }
    Duration timeout = Duration.of(number, ChronoUnit.MICROS);
    return timeout.compareTo(MAX_TIMEOUT) < 0 ? timeout : MAX_TIMEOUT;
  }
}
