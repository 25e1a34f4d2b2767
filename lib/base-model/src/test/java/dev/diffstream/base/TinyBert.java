package dev.diffstream.base;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.format.BaseSource;
import dev.diffstream.base.input.Encoding;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Small random encoders that the reference implementation wrote; see testing/reference and
 * src/test/python.
 */
public record TinyBert(String name, Map<String, byte[]> files) implements BaseSource {
  public static final List<String> NAMES = List.of("gelu", "gelu_new", "relu");

  public static final List<String> FAMILIES =
      List.of("bert", "roberta", "xlm-roberta", "distilbert", "electra", "electra-wide");

  /** The files of one of {@link #NAMES}, free to be changed. */
  public static TinyBert of(String name) {
    return read("bert/" + name, name);
  }

  /** The files of one of {@link #FAMILIES}, free to be changed. */
  public static TinyBert ofFamily(String name) {
    return read("families/" + name, name);
  }

  /** The files of a TorchScript module, free to be changed. */
  public static TinyBert ofModule(String name) {
    Map<String, byte[]> files = new HashMap<>();
    for (String file : List.of("base.json", "model.pt")) {
      files.put(file, resource("modules/" + name + "/" + file));
    }
    return new TinyBert(name, files);
  }

  public static Base load(String name) {
    return Base.from(of(name));
  }

  public static JsonNode golden(String name) {
    return json("bert/" + name + "/golden.json");
  }

  public static JsonNode goldenOfFamily(String name) {
    return json("families/" + name + "/golden.json");
  }

  public static JsonNode goldenOfModule(String name) {
    return json("modules/" + name + "/golden.json");
  }

  public TinyBert with(String file, byte[] content) {
    Map<String, byte[]> changed = new HashMap<>(files);
    changed.put(file, content);
    return new TinyBert(name, changed);
  }

  public TinyBert without(String file) {
    Map<String, byte[]> changed = new HashMap<>(files);
    changed.remove(file);
    return new TinyBert(name, changed);
  }

  /** With a JSON file changed. */
  public TinyBert edited(String file, Consumer<ObjectNode> change) {
    try {
      ObjectNode json = (ObjectNode) new ObjectMapper().readTree(bytes(file));
      change.accept(json);
      return with(file, new ObjectMapper().writeValueAsBytes(json));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public byte[] bytes(String file) {
    return Objects.requireNonNull(files.get(file), file);
  }

  @Override
  public Optional<InputStream> open(String file) {
    return Optional.ofNullable(files.get(file)).map(ByteArrayInputStream::new);
  }

  /** A single text of random tokens. */
  public static Encoding text(Base base, Random random, int length) {
    int[] ids = random.ints(length, 0, base.architecture().vocab()).toArray();
    return Encoding.ofTokens(ids);
  }

  /** A pair of random tokens, the first text's half of them. */
  public static Encoding pair(Base base, Random random, int length) {
    int[] ids = random.ints(length, 0, base.architecture().vocab()).toArray();
    return Encoding.ofTokens(ids, length / 2);
  }

  /** Two random texts in one sequence, of the first token type and of the last that there is. */
  public static Encoding joint(Base base, Random random, int length) {
    int[] types = new int[length];
    Arrays.fill(types, length / 2, length, Math.max(0, base.architecture().typeVocab() - 1));
    int[] ids = random.ints(length, 0, base.architecture().vocab()).toArray();
    return Encoding.ofTypedTokens(ids, types);
  }

  public static Head randomHead(Random random, int outputs, int features) {
    Head head = new Head(outputs, features);
    for (int i = 0; i < outputs * features; i++) {
      head.weight().put(i, 0.1f * (float) random.nextGaussian());
    }
    for (int i = 0; i < outputs; i++) {
      head.bias().put(i, (float) random.nextGaussian());
    }
    return head;
  }

  private static TinyBert read(String directory, String name) {
    Map<String, byte[]> files = new HashMap<>();
    for (String file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
      files.put(file, resource(directory + "/" + file));
    }
    return new TinyBert(name, files);
  }

  private static JsonNode json(String path) {
    try {
      return new ObjectMapper().readTree(resource(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] resource(String path) {
    try (InputStream in = TinyBert.class.getResourceAsStream("/" + path)) {
      if (in == null) {
        throw new IllegalStateException("no test resource /" + path);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
