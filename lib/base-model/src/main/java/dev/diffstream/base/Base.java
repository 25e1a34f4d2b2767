package dev.diffstream.base;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Json;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.registry.BaseDescriptor;
import dev.diffstream.schemas.registry.BaseDescriptor.ParameterShape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A frozen pretrained model in memory, once: its parameters, its tokenizer and its forward pass.
 * The parameters can be written (an overlay does so, and training); whoever writes restores. Close
 * it to free the engine's memory.
 */
public final class Base implements AutoCloseable {
  /** The name of {@link #miniLm}. */
  public static final String MINILM = "all-MiniLM-L6-v2";

  private final String name;
  private final String digest;
  private final Architecture architecture;
  private final NDManager manager;
  private final List<Parameter> parameters;
  private final Tokenizer tokenizer;
  private final Encoder encoder;

  private Base(
      String name, Architecture architecture, Map<String, RawTensor> tensors, Tokenizer tokenizer) {
    BertParameters.check(architecture, tensors);
    this.name = name;
    this.architecture = architecture;
    this.tokenizer = tokenizer;
    this.digest = digest(tensors);
    this.manager = TorchEngine.newManager();
    List<NDArray> arrays = new ArrayList<>();
    List<Parameter> views = new ArrayList<>();
    tensors.forEach(
        (tensorName, tensor) -> {
          NDArray array =
              manager.create(
                  new Shape(tensor.shape().stream().mapToLong(Integer::longValue).toArray()));
          FloatBuffer values = Encoder.view(array);
          values.put(0, tensor.values());
          arrays.add(array);
          views.add(new Parameter(tensorName, tensor.shape(), tensor.values().length, values));
        });
    this.parameters = List.copyOf(views);
    this.encoder =
        new Encoder(manager, architecture, views.stream().map(Parameter::name).toList(), arrays);
  }

  /**
   * all-MiniLM-L6-v2 from the artifact on the class path: 6 layers, width 384, 22,565,376
   * parameters.
   */
  public static Base miniLm() {
    Architecture architecture = new Architecture(384, 6, 12, 1536, 30522, 512, 2, 1e-12, "gelu");
    Map<String, RawTensor> tensors =
        OnnxWeights.read(ByteBuffer.wrap(resource("/all-minilm-l6-v2.onnx")));
    return new Base(
        MINILM, architecture, tensors, Tokenizer.of(resource("/all-minilm-l6-v2-tokenizer.json")));
  }

  /**
   * A Hugging Face directory with {@code config.json}, {@code model.safetensors} and {@code
   * tokenizer.json} of architecture bert.
   */
  public static Base fromDirectory(Path directory) {
    Path name = directory.toAbsolutePath().normalize().getFileName();
    return from(String.valueOf(name), BaseSource.directory(directory));
  }

  /**
   * As {@link #fromDirectory}, from wherever {@code source} finds the files. Fails with
   * BASE_UNKNOWN, naming what is missing or unsupported.
   */
  public static Base from(String name, BaseSource source) {
    JsonConfig config = new JsonConfig(bytes(required(source, "config.json")));
    Tokenizer tokenizer = Tokenizer.of(bytes(required(source, "tokenizer.json")));
    return new Base(
        name,
        config.architecture(),
        HuggingFaceWeights.read(required(source, "model.safetensors")),
        tokenizer);
  }

  /** {@code minilm}, or a directory. */
  public static Base named(String nameOrDirectory) {
    return nameOrDirectory.equalsIgnoreCase("minilm") || nameOrDirectory.equals(MINILM)
        ? miniLm()
        : fromDirectory(Path.of(nameOrDirectory));
  }

  public String name() {
    return name;
  }

  /** SHA-256 over the parameters as they were loaded: docs/base-digest.md. */
  public String digest() {
    return digest;
  }

  public Architecture architecture() {
    return architecture;
  }

  /** In ascending order of canonical name. */
  public List<Parameter> parameters() {
    return parameters;
  }

  public long parameterCount() {
    return parameters.stream().mapToLong(Parameter::size).sum();
  }

  public Tokenizer tokenizer() {
    return tokenizer;
  }

  public Encoder encoder() {
    return encoder;
  }

  public BaseDescriptor descriptor() {
    return new BaseDescriptor(
        name,
        digest,
        parameters.stream().map(p -> new ParameterShape(p.name(), p.shape())).toList());
  }

  /** Number of engine arrays held: what does not grow from step to step does not leak. */
  int managed() {
    return manager.getManagedArrays().size();
  }

  /**
   * The digest of the parameters as they stand now: equal to {@link #digest} unless somebody wrote
   * and did not restore.
   */
  public String currentDigest() {
    MessageDigest sha = Sha256.digest();
    for (Parameter parameter : parameters) {
      float[] values = new float[parameter.size()];
      parameter.values().get(0, values);
      update(sha, parameter.name(), new RawTensor(parameter.shape(), values));
    }
    return HexFormat.of().formatHex(sha.digest());
  }

  @Override
  public void close() {
    tokenizer.close();
    manager.close();
  }

  private static String digest(Map<String, RawTensor> tensors) {
    MessageDigest sha = Sha256.digest();
    tensors.forEach((name, tensor) -> update(sha, name, tensor));
    return HexFormat.of().formatHex(sha.digest());
  }

  /** Name, NUL, dtype, NUL, shape with commas, NUL, little-endian values. */
  private static void update(MessageDigest sha, String name, RawTensor tensor) {
    String shape = String.join(",", tensor.shape().stream().map(String::valueOf).toList());
    sha.update((name + "\0F32\0" + shape + "\0").getBytes(StandardCharsets.UTF_8));
    ByteBuffer block = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = tensor.values();
    for (int done = 0; done < values.length; ) {
      int part = Math.min(values.length - done, block.capacity() / 4);
      block.clear().asFloatBuffer().put(values, done, part);
      sha.update(block.array(), 0, 4 * part);
      done += part;
    }
  }

  private static ByteBuffer required(BaseSource source, String file) {
    try {
      return source
          .file(file)
          .orElseThrow(
              () ->
                  new DiffstreamException(ErrorCode.BASE_UNKNOWN, "the base has no file " + file));
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.BASE_UNKNOWN, file + " of the base cannot be read: " + e.getMessage(), e);
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static byte[] resource(String name) {
    try (InputStream in = Base.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new DiffstreamException(ErrorCode.BASE_UNKNOWN, "the class path has no " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.BASE_UNKNOWN, name + " cannot be read: " + e.getMessage(), e);
    }
  }

  private record JsonConfig(byte[] json) {
    Architecture architecture() {
      try {
        return HuggingFaceWeights.architecture(Json.parse(json, "config.json"));
      } catch (DiffstreamException e) {
        throw e.code() == ErrorCode.BASE_UNKNOWN
            ? e
            : new DiffstreamException(ErrorCode.BASE_UNKNOWN, e.reason(), e);
      }
    }
  }
}
