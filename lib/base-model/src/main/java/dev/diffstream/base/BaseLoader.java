package dev.diffstream.base;

import dev.diffstream.base.architecture.Activation;
import dev.diffstream.base.architecture.Architecture;
import dev.diffstream.base.architecture.Family;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.format.BaseSource;
import dev.diffstream.base.format.EncoderConfig;
import dev.diffstream.base.format.MiniLmFiles;
import dev.diffstream.base.format.ModuleConfig;
import dev.diffstream.base.format.OnnxReader;
import dev.diffstream.base.format.ParameterMemory;
import dev.diffstream.base.format.SafetensorsReader;
import dev.diffstream.base.format.ShardIndex;
import dev.diffstream.base.input.Tokenizer;
import dev.diffstream.base.network.ModuleNetwork;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads bases from their files. */
final class BaseLoader {
  private static final Architecture MINI_LM_ARCHITECTURE =
      new Architecture(
          Family.BERT, 384, 384, 6, 12, 1536, 30522, 0, 512, 2, 1e-12, Activation.GELU);
  private static final String WEIGHTS = "model.safetensors";

  /** What to do about a missing file, behind the message that it is missing. */
  private static final Map<String, String> ADVICE =
      Map.of(
          "tokenizer.json",
          "; vocabulary files alone are not read. With Python's transformers,"
              + " AutoTokenizer.from_pretrained(DIRECTORY).save_pretrained(DIRECTORY) writes it",
          WEIGHTS,
          " and no "
              + ShardIndex.FILE
              + "; weights in other formats are not read. With Python's transformers,"
              + " AutoModel.from_pretrained(DIRECTORY).save_pretrained(DIRECTORY) writes it");

  private static final int MAX_MESSAGE_CHARS = 600;
  private static final int MAX_CONFIG_BYTES = 1 << 20;
  private static final int MAX_INDEX_BYTES = 1 << 24;
  private static final int MAX_TOKENIZER_BYTES = 1 << 26;
  private static final int MAX_MODULE_BYTES = Integer.MAX_VALUE - 8;
  private static final int BUFFER_BYTES = 1 << 16;

  /** Fills the memory from an open file. */
  private interface Weights {
    void read(InputStream in, ParameterMemory memory) throws IOException;
  }

  private final BaseSource source;

  private BaseLoader(BaseSource source) {
    this.source = source;
  }

  static Base miniLm() {
    BaseLoader loader = new BaseLoader(new MiniLmFiles());
    byte[] tokenizer = loader.bytes("tokenizer.json", MAX_TOKENIZER_BYTES);
    return loader.load(MINI_LM_ARCHITECTURE, tokenizer, List.of("model.onnx"), OnnxReader::read);
  }

  /** A module if there is a {@code base.json}, else an encoder in Hugging Face layout. */
  static Base from(BaseSource source) {
    BaseLoader loader = new BaseLoader(source);
    return loader.has("base.json") ? loader.module() : loader.huggingFace();
  }

  private Base huggingFace() {
    byte[] config = bytes("config.json", MAX_CONFIG_BYTES);
    Architecture architecture = parse("config.json", () -> EncoderConfig.parse(config));
    byte[] tokenizer = bytes("tokenizer.json", MAX_TOKENIZER_BYTES);
    return load(architecture, tokenizer, weightFiles(), SafetensorsReader::read);
  }

  /** One file, or those that an index names. */
  private List<String> weightFiles() {
    if (has(WEIGHTS) || !has(ShardIndex.FILE)) {
      return List.of(WEIGHTS);
    }
    byte[] index = bytes(ShardIndex.FILE, MAX_INDEX_BYTES);
    return parse(ShardIndex.FILE, () -> ShardIndex.files(index));
  }

  private Base module() {
    byte[] json = bytes("base.json", MAX_CONFIG_BYTES);
    ModuleConfig config = parse("base.json", () -> ModuleConfig.parse(source.name(), json));
    byte[] file = bytes("model.pt", MAX_MODULE_BYTES);
    @Nullable ModuleNetwork network = null;
    try {
      network = new ModuleNetwork(config, file);
      network.validateOutput();
      return new Base(config.name(), config.inputs(), Sha256.of(json), network);
    } catch (RuntimeException e) {
      if (network != null) {
        network.close();
      }
      throw refused("has an unusable model.pt: " + e.getMessage(), e);
    }
  }

  private boolean has(String file) {
    try (InputStream in = source.open(file).orElse(null)) {
      return in != null;
    } catch (IOException e) {
      throw refused("has an unreadable %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private Base load(
      Architecture architecture, byte[] tokenizerJson, List<String> files, Weights weights) {
    Tokenizer tokenizer = parse("tokenizer.json", () -> Tokenizer.of(tokenizerJson));
    Arena arena = Arena.ofShared();
    try {
      parse(
          "tokenizer.json",
          () -> {
            tokenizer.requireIdsBelow(architecture.vocab());
            return tokenizer;
          });
      ParameterMemory memory = parse("config.json", () -> new ParameterMemory(architecture, arena));
      for (String file : files) {
        read(file, in -> weights.read(in, memory));
      }
      String last = files.size() == 1 ? files.getFirst() : ShardIndex.FILE;
      List<Parameter> parameters = parse(last, memory::complete);
      return new Base(source.name(), architecture, parameters, tokenizer, arena);
    } catch (RuntimeException | Error e) {
      tokenizer.close();
      arena.close();
      throw e;
    }
  }

  private byte[] bytes(String file, int maxBytes) {
    byte[][] bytes = new byte[1][];
    read(file, in -> bytes[0] = in.readNBytes(maxBytes + 1));
    if (bytes[0].length > maxBytes) {
      throw refused("has a %s of more than %d bytes".formatted(file, maxBytes), null);
    }
    return bytes[0];
  }

  private interface Parsing<T> {
    T get() throws IOException;
  }

  /** Runs a step whose exceptions mean that the file cannot be used. */
  private <T> T parse(String file, Parsing<T> parsing) {
    try {
      return parsing.get();
    } catch (DiffstreamException e) {
      throw refused("has an unusable %s: %s".formatted(file, e.reason()), e);
    } catch (IOException | RuntimeException e) {
      throw refused("has an unusable %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private interface Reading {
    void from(InputStream in) throws IOException;
  }

  private void read(String file, Reading reading) {
    try {
      Optional<InputStream> found = source.open(file);
      if (found.isEmpty()) {
        throw refused("has no " + file + ADVICE.getOrDefault(file, ""), null);
      }
      try (InputStream in = new BufferedInputStream(found.get(), BUFFER_BYTES)) {
        reading.from(in);
      }
    } catch (IOException | IllegalArgumentException e) {
      throw refused("has an unusable %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private DiffstreamException refused(String what, @Nullable Throwable cause) {
    String text = "base " + source.name() + " " + what;
    return new DiffstreamException(
        ErrorCode.BASE_UNKNOWN,
        text.length() <= MAX_MESSAGE_CHARS ? text : text.substring(0, MAX_MESSAGE_CHARS) + "…",
        cause);
  }
}
