package dev.diffstream.base;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Json;
import dev.diffstream.schemas.Sha256;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@code tokenizer.json}. The file's own padding and truncation are switched off. Thread-safe.
 */
public final class Tokenizer implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;
  private final String digest;

  private Tokenizer(HuggingFaceTokenizer tokenizer, String digest) {
    this.tokenizer = tokenizer;
    this.digest = digest;
  }

  /** Fails with BASE_UNKNOWN for a file that is not a tokenizer. */
  static Tokenizer of(byte[] json) {
    try {
      ObjectNode file =
          Json.convert(Json.parse(json, "tokenizer.json"), ObjectNode.class, "tokenizer.json");
      file.putNull("truncation");
      file.putNull("padding");
      HuggingFaceTokenizer tokenizer =
          HuggingFaceTokenizer.newInstance(
              new ByteArrayInputStream(Json.write(file)),
              Map.of("truncation", "false", "padding", "false"));
      return new Tokenizer(tokenizer, Sha256.of(json));
    } catch (IOException | RuntimeException e) {
      throw new DiffstreamException(
          ErrorCode.BASE_UNKNOWN, "tokenizer.json cannot be read: " + e.getMessage(), e);
    }
  }

  /** SHA-256 of the file. */
  public String digest() {
    return digest;
  }

  /**
   * The tokens of {@code text}, cut to {@code maxTokens} with the special tokens included; the
   * closing special token is kept. A text without a single token gives the special tokens alone.
   */
  public Encoding encode(String text, int maxTokens) {
    ai.djl.huggingface.tokenizers.Encoding tokens = tokenizer.encode(text, true, false);
    long[] ids = tokens.getIds();
    long[] types = tokens.getTypeIds();
    if (ids.length <= maxTokens) {
      return new Encoding(ids, types, false);
    }
    long[] cut = java.util.Arrays.copyOf(ids, maxTokens);
    cut[maxTokens - 1] = ids[ids.length - 1];
    return new Encoding(cut, java.util.Arrays.copyOf(types, maxTokens), true);
  }

  /** Null for the single text of a pair-less example. */
  public @Nullable Encoding encodeNullable(@Nullable String text, int maxTokens) {
    return text == null ? null : encode(text, maxTokens);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
