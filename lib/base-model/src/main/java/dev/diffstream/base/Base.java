package dev.diffstream.base;

import dev.diffstream.base.architecture.Architecture;
import dev.diffstream.base.architecture.BaseDigest;
import dev.diffstream.base.architecture.EncoderTensors;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.encoder.Encoder;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.encoder.Replica;
import dev.diffstream.base.engine.Compute;
import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.base.engine.ProductLibrary;
import dev.diffstream.base.format.BaseSource;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.base.input.TextReading;
import dev.diffstream.base.input.Tokenizer;
import dev.diffstream.base.network.ModuleNetwork;
import dev.diffstream.base.network.TransformerNetwork;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.event.Objective;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A frozen pretrained encoder in memory: its parameters, its tokeniser and the engine that runs it.
 * Frozen means that code which writes its parameters restores them afterwards.
 *
 * <p>The base owns the memory of its parameters: one copy, off the heap. Closing frees it.
 */
public final class Base implements AutoCloseable {
  private static final int UNUSED_LENGTH = 512;

  private final String name;
  private final @Nullable Architecture architecture;
  private final List<Parameter> parameters;
  private final String digest;
  private final @Nullable Tokenizer tokenizer;
  private final List<TensorSpec> tensorInputs;
  private final String inputDigest;
  private final Encoder encoder;
  private final Arena arena;

  Base(
      String name,
      Architecture architecture,
      List<Parameter> parameters,
      Tokenizer tokenizer,
      Arena arena) {
    this.name = name;
    this.architecture = architecture;
    this.parameters = parameters;
    this.tokenizer = tokenizer;
    this.arena = arena;
    this.tensorInputs = List.of();
    this.inputDigest = tokenizer.digest();
    this.digest = BaseDigest.of(parameters);
    this.encoder =
        new Encoder(TransformerNetwork.of(architecture, parameters, ProductLibrary.ofMachine()));
  }

  /**
   * @param network owned by the base from now on
   * @param inputDigest of the description of its inputs
   */
  Base(String name, List<TensorSpec> inputs, String inputDigest, ModuleNetwork network) {
    this.name = name;
    this.architecture = null;
    this.tokenizer = null;
    this.tensorInputs = inputs;
    this.inputDigest = inputDigest;
    this.arena = Arena.ofShared();
    this.parameters = network.parameters(arena);
    this.digest = BaseDigest.of(parameters);
    this.encoder = new Encoder(network);
  }

  /**
   * The sentence encoder all-MiniLM-L6-v2 that comes with the product: 6 layers of width 384,
   * 22,565,376 parameters.
   *
   * @throws DiffstreamException BASE_UNKNOWN if its files are not on the class path
   */
  public static Base miniLm() {
    return BaseLoader.miniLm();
  }

  /**
   * A directory in Hugging Face form, or a TorchScript module. Hugging Face form is: {@code
   * config.json} of one of the supported families, {@code model.safetensors} in fp32, fp16 or bf16,
   * and {@code tokenizer.json}. A module is {@code base.json}, which describes it, and {@code
   * model.pt}.
   *
   * @throws DiffstreamException BASE_UNKNOWN if a file is missing or is not of this form
   */
  public static Base fromDirectory(Path directory) {
    return from(BaseSource.directory(directory));
  }

  /** As {@link #fromDirectory}, from wherever the files lie. */
  public static Base from(BaseSource source) {
    return BaseLoader.from(source);
  }

  /** A name for people; other programs may call the same base otherwise. */
  public String name() {
    return name;
  }

  /** Identifies the base: SHA-256 over its tensors as they were loaded, 64 hex digits. */
  public String digest() {
    return digest;
  }

  /** The digest of the parameters as they are now; equal to {@link #digest()} while untouched. */
  public String currentDigest() {
    return BaseDigest.of(parameters);
  }

  /**
   * Compares the parameters in memory with the digest from when they were loaded. It reads each
   * value once (0.1 to 0.3 s for MiniLM) and changes nothing; no diff may be applied meanwhile.
   *
   * @throws DiffstreamException DIGEST_MISMATCH if a value has changed
   */
  public void verifyIntegrity() {
    String actual = currentDigest();
    if (!actual.equals(digest)) {
      throw new DiffstreamException(
          ErrorCode.DIGEST_MISMATCH,
          "the parameters of base %s in memory have changed: expected digest %s, got %s"
              .formatted(name, digest, actual));
    }
  }

  /** Whether its examples are texts; if not, they are tensors. */
  public boolean readsText() {
    return tensorInputs.isEmpty();
  }

  /** The tensors of an example, in order; none if the base reads texts. */
  public List<TensorSpec> tensorInputs() {
    return tensorInputs;
  }

  /**
   * Identifies how examples become inputs: SHA-256 of the bytes of {@code tokenizer.json}, or of
   * {@code base.json} if the base reads tensors. A diff learned over this base records it as {@code
   * tokenizerDigest}.
   */
  public String inputDigest() {
    return inputDigest;
  }

  /**
   * The kind of features that a head over this base sees, as a diff records it in {@code features}:
   * {@link PairEncoding#features}, or {@code module} if the base reads tensors.
   */
  public String featureKind(Objective objective, PairEncoding pairs) {
    return readsText() ? pairs.features(objective) : "module";
  }

  /** The width of these features, see {@link Encoder#featureCount}. */
  public int featureCount(Objective objective, PairEncoding pairs) {
    return encoder.featureCount(objective.pairs() && pairs == PairEncoding.SEPARATE);
  }

  /**
   * A text, or a pair of texts, as tokens.
   *
   * @throws IllegalStateException if the base reads tensors
   * @throws IllegalArgumentException if pairs are read jointly and {@code maxTokens} is below
   *     {@link Tokenizer#minJointTokens}
   */
  public Encoding encode(String text, @Nullable String textPair, TextReading reading) {
    if (textPair == null || reading.pairs() == PairEncoding.SEPARATE) {
      return tokenizer().encode(text, textPair, reading.maxTokens());
    }
    return tokenizer().encodeJoint(text, textPair, reading.maxTokens(), architecture().typeVocab());
  }

  /**
   * The shortest sequence of two texts, see {@link Tokenizer#minJointTokens}. Empty if the base
   * reads tensors, or its tokeniser does not frame two texts.
   */
  public OptionalInt minJointTokens() {
    return tokenizer == null ? OptionalInt.empty() : tokenizer.minJointTokens();
  }

  /** Maximum tokens of a text; without meaning if the base reads tensors. */
  public int maxTextTokens() {
    return architecture == null ? UNUSED_LENGTH : architecture.maxPositions();
  }

  /**
   * @throws IllegalStateException if the base reads tensors
   */
  public Architecture architecture() {
    return requireTexts(architecture);
  }

  /** All parameters, sorted by name. */
  public List<Parameter> parameters() {
    return parameters;
  }

  /**
   * @throws IllegalStateException if the base reads tensors
   */
  public Tokenizer tokenizer() {
    return requireTexts(tokenizer);
  }

  public Encoder encoder() {
    return encoder;
  }

  /**
   * A head for masked language modelling over this base, see {@link Head#tied}.
   *
   * @throws IllegalStateException if the base reads tensors
   */
  public Head newTiedHead() {
    int embedding =
        parameters.stream()
            .filter(parameter -> parameter.name().equals(EncoderTensors.WORDS))
            .mapToInt(parameter -> parameter.shape().getLast())
            .findFirst()
            .orElseThrow();
    return Head.tied(architecture().vocab(), architecture().hidden(), embedding);
  }

  /**
   * Waits for calls under way, then frees the parameters, the tokeniser and the engine's modules.
   */
  @Override
  public void close() {
    encoder.close();
    if (arena.scope().isAlive()) {
      if (tokenizer != null) {
        tokenizer.close();
      }
      arena.close();
    }
  }

  /**
   * A copy of the parameters on a device, for training. Close it before the base.
   *
   * @throws IllegalStateException if the base reads tensors: a module holds its own parameters
   * @throws EngineMemoryException if the device has no memory for it
   */
  public Replica replica(ComputeDevice device, Compute compute) {
    return new Replica(architecture(), parameters, device, compute);
  }

  private <T> T requireTexts(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("base %s reads tensors, not texts".formatted(name));
    }
    return value;
  }
}
