package dev.diffstream.benchmarks.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.format.MiniLmFiles;
import dev.diffstream.base.input.Encoding;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** MiniLM in ONNX Runtime: the file that the base is read from, all optimisations, fp32. */
final class OnnxRuntimeModel implements AutoCloseable {
  private static final String STATES = "last_hidden_state";

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final Head head;

  /**
   * @param threads of one operation
   * @param head over the mean of the token states
   */
  OnnxRuntimeModel(int threads, Head head) throws OrtException {
    this.head = head;
    try (InputStream file = new MiniLmFiles().open("model.onnx").orElseThrow();
        OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      session = environment.createSession(file.readAllBytes(), options);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String version() {
    return environment.getVersion();
  }

  /** Logits of one padded batch, a row for each text. */
  float[][] logits(List<Encoding> texts) throws OrtException {
    int tokens = texts.stream().map(Encoding::length).max(Comparator.naturalOrder()).orElseThrow();
    long[] shape = {texts.size(), tokens};
    LongBuffer ids = LongBuffer.allocate(texts.size() * tokens);
    LongBuffer mask = LongBuffer.allocate(texts.size() * tokens);
    for (int text = 0; text < texts.size(); text++) {
      for (int i = 0; i < texts.get(text).length(); i++) {
        ids.put(text * tokens + i, texts.get(text).id(i));
        mask.put(text * tokens + i, 1);
      }
    }
    LongBuffer types = LongBuffer.allocate(texts.size() * tokens);
    Map<String, OnnxTensor> inputs = new HashMap<>();
    try (OnnxTensor idTensor = OnnxTensor.createTensor(environment, ids, shape);
        OnnxTensor maskTensor = OnnxTensor.createTensor(environment, mask, shape);
        OnnxTensor typeTensor = OnnxTensor.createTensor(environment, types, shape)) {
      inputs.put("input_ids", idTensor);
      inputs.put("attention_mask", maskTensor);
      inputs.put("token_type_ids", typeTensor);
      inputs.keySet().retainAll(session.getInputNames());
      try (OrtSession.Result result = session.run(inputs)) {
        OnnxTensor states =
            (OnnxTensor) result.get(STATES).orElseThrow(() -> new IllegalStateException(names()));
        return heads(states.getFloatBuffer(), texts, tokens);
      }
    }
  }

  private String names() {
    return "expected the output %s, the model has %s".formatted(STATES, session.getOutputNames());
  }

  private float[][] heads(FloatBuffer states, List<Encoding> texts, int tokens) {
    int width = head.features();
    float[] row = new float[width];
    float[][] logits = new float[texts.size()][];
    for (int text = 0; text < logits.length; text++) {
      float[] mean = new float[width];
      int length = texts.get(text).length();
      for (int i = 0; i < length; i++) {
        states.get((text * tokens + i) * width, row);
        for (int k = 0; k < width; k++) {
          mean[k] += row[k] / length;
        }
      }
      logits[text] = new float[head.outputs()];
      for (int output = 0; output < head.outputs(); output++) {
        float sum = head.bias().get(output);
        for (int k = 0; k < width; k++) {
          sum += head.weight().get(output * width + k) * mean[k];
        }
        logits[text][output] = sum;
      }
    }
    return logits;
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
