package dev.diffstream.base.input;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.data.Words;
import dev.diffstream.schemas.data.Words.Word;
import dev.diffstream.schemas.json.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Texts to token ids, by a base's {@code tokenizer.json}. The file's own truncation and padding are
 * switched off; the limit is given with each call. Safe for use by many threads.
 */
public final class Tokenizer implements AutoCloseable {
  private static final long[] NO_TOKENS = {};

  private final HuggingFaceTokenizer tokenizer;
  private final String digest;
  private final int begin;
  private final int end;
  private final String maskToken;
  private final OptionalInt maskId;
  private final LargestToken largest;
  private final Optional<PairTemplate> pairTemplate;

  private Tokenizer(HuggingFaceTokenizer tokenizer, String digest, JsonNode file) {
    this.tokenizer = tokenizer;
    this.digest = digest;
    Map<String, Integer> masks = MaskToken.find(file);
    this.maskToken = masks.keySet().stream().findFirst().orElse("");
    this.maskId = masks.values().stream().mapToInt(Integer::intValue).findFirst();
    this.largest = LargestToken.find(file);
    long[] frame = tokenizer.encode("", true, false).getIds();
    if (frame.length != 2) {
      throw new IllegalArgumentException(
          "an empty text has the tokens %s, expected two: one before a text, one after it"
              .formatted(Arrays.toString(frame)));
    }
    this.begin = Math.toIntExact(frame[0]);
    this.end = Math.toIntExact(frame[1]);
    this.pairTemplate = PairTemplate.of(tokenizer);
  }

  /**
   * @param json the bytes of {@code tokenizer.json}, with or without a byte order mark
   * @throws IOException if the file cannot be read as a tokeniser
   * @throws RuntimeException if it is no tokeniser that puts one token before a text and one after
   *     it
   */
  public static Tokenizer of(byte[] json) throws IOException {
    TensorEngine.configure();
    Map<String, String> options =
        Map.of("truncation", "false", "padding", "false", "modelMaxLength", "1000000");
    JsonNode file = Json.parse(json, "tokenizer.json");
    HuggingFaceTokenizer loaded =
        HuggingFaceTokenizer.newInstance(
            new ByteArrayInputStream(json, mark(json), json.length), options);
    try {
      return new Tokenizer(loaded, Sha256.of(json), file);
    } catch (RuntimeException e) {
      loaded.close();
      throw e;
    }
  }

  /** Length of the UTF-8 byte order mark, which the tokeniser library does not read. */
  private static int mark(byte[] json) {
    boolean marked =
        json.length >= 3
            && json[0] == (byte) 0xEF
            && json[1] == (byte) 0xBB
            && json[2] == (byte) 0xBF;
    return marked ? 3 : 0;
  }

  /**
   * @param rows of the base's word embedding
   * @throws IllegalArgumentException if a token has an id for which there is no row
   */
  public void requireIdsBelow(int rows) {
    if (largest.id() >= rows) {
      throw new IllegalArgumentException(
          ("token \"%s\" has the id %d, but the word embedding has %d rows, for the ids 0 to %d;"
                  + " resize the embedding to the tokeniser, or remove the token")
              .formatted(largest.text(), largest.id(), rows, rows - 1));
    }
    int pairs = pairTemplate.map(PairTemplate::largestId).orElse(0);
    if (pairs >= rows) {
      throw new IllegalArgumentException(
          "two texts are framed by the token %d, but the word embedding has %d rows"
              .formatted(pairs, rows));
    }
    if (Math.max(begin, end) >= rows) {
      throw new IllegalArgumentException(
          "a text is framed by the tokens %d and %d, but the word embedding has %d rows"
              .formatted(begin, end, rows));
    }
  }

  /** SHA-256 of the bytes of {@code tokenizer.json}, as 64 hex digits. */
  public String digest() {
    return digest;
  }

  /**
   * Encodes a text, or a pair of texts one by one, with the special tokens. What is too long is cut
   * at its end.
   *
   * @param maxTokens limit of a text, or of each text of a pair, special tokens counted; at least 3
   */
  public Encoding encode(String text, @Nullable String textPair, int maxTokens) {
    if (maxTokens < 3) {
      throw new IllegalArgumentException("maxTokens must be at least 3, but is " + maxTokens);
    }
    long[] first = tokens(text);
    long[] second = textPair == null ? NO_TOKENS : tokens(textPair);
    int keptFirst = Math.min(first.length, maxTokens - 2);
    int keptSecond = Math.min(second.length, maxTokens - 2);
    int secondStart = keptFirst + 2;
    int[] ids = new int[secondStart + (textPair == null ? 0 : keptSecond + 2)];
    putFramed(first, keptFirst, ids, 0);
    if (textPair != null) {
      putFramed(second, keptSecond, ids, secondStart);
    }
    boolean truncated = keptFirst < first.length || keptSecond < second.length;
    return new Encoding(ids, new int[ids.length], secondStart, truncated);
  }

  /**
   * Encodes a pair of texts as one sequence, with the special tokens and token types of the file's
   * post-processor. Where both together are too long the longer one gives way first, at its end.
   *
   * @param maxTokens limit of the sequence, special tokens counted; at least {@link
   *     #minJointTokens}
   * @param tokenTypes that the base distinguishes; a larger type becomes the largest of them
   * @throws IllegalArgumentException if there is no room for both, or the tokeniser does not frame
   *     pairs
   */
  public Encoding encodeJoint(String text, String textPair, int maxTokens, int tokenTypes) {
    PairTemplate template =
        pairTemplate.orElseThrow(
            () -> new IllegalArgumentException("this tokeniser does not frame two texts"));
    if (maxTokens < minJointTokens().orElseThrow()) {
      throw new IllegalArgumentException(
          "maxTokens must be at least %d for a joint pair, but is %d"
              .formatted(minJointTokens().orElseThrow(), maxTokens));
    }
    return template.encode(tokens(text), tokens(textPair), maxTokens, tokenTypes);
  }

  /**
   * The shortest sequence of two texts: a token of each and the special ones. Empty if the
   * tokeniser does not frame two texts.
   */
  public OptionalInt minJointTokens() {
    return pairTemplate.isPresent()
        ? OptionalInt.of(pairTemplate.get().specialTokens() + 2)
        : OptionalInt.empty();
  }

  /** A text, and where its words begin in it; see {@link WordEncoding}. */
  public WordEncoding encodeWords(String text, int maxTokens) {
    Encoding encoding = encode(text, null, maxTokens);
    List<Word> words = Words.of(text);
    CharSpan[] spans = tokenizer.encode(text, false, false).getCharTokenSpans();
    int[] wordOf = new int[text.length()];
    Arrays.fill(wordOf, -1);
    for (int word = 0; word < words.size(); word++) {
      Arrays.fill(wordOf, words.get(word).start(), words.get(word).end(), word);
    }
    int[] positions = new int[words.size()];
    Arrays.fill(positions, -1);
    CodePoints points = new CodePoints(text);
    for (int token = 0; token < encoding.length() - 2; token++) {
      int end = points.index(spans[token].getEnd());
      int word = end > points.index(spans[token].getStart()) ? wordOf[end - 1] : -1;
      if (word >= 0 && positions[word] < 0) {
        positions[word] = token + 1;
      }
    }
    return new WordEncoding(encoding, words, positions);
  }

  /**
   * All tokens of a text, however many.
   *
   * @param withSpecial whether those before and behind it are among them
   */
  public List<TextToken> textTokens(String text, boolean withSpecial) {
    ai.djl.huggingface.tokenizers.Encoding encoded = tokenizer.encode(text, withSpecial, false);
    long[] ids = encoded.getIds();
    long[] special = encoded.getSpecialTokenMask();
    CharSpan[] spans = encoded.getCharTokenSpans();
    CodePoints points = new CodePoints(text);
    List<TextToken> tokens = new ArrayList<>();
    for (int i = 0; i < ids.length; i++) {
      int id = (int) ids[i];
      CharSpan span = spans[i];
      if (special[i] == 1 || span == null) {
        tokens.add(new TextToken(id, encoded.getTokens()[i], true, 0, 0));
      } else {
        int from = points.index(span.getStart());
        String word = text.substring(from, points.index(span.getEnd()));
        tokens.add(new TextToken(id, word, false, span.getStart(), span.getEnd()));
      }
    }
    return tokens;
  }

  /** The id of the mask token; empty if this tokeniser has none. */
  public OptionalInt maskId() {
    return maskId;
  }

  /** The text of the mask token, such as {@code [MASK]}; empty if there is none. */
  public String maskToken() {
    return maskToken;
  }

  /** A token as text. */
  public String token(int id) {
    return tokenizer.decode(new long[] {id}, false).strip();
  }

  @Override
  public void close() {
    tokenizer.close();
  }

  /** Writes tokens with the special token before and the one after them, from {@code at} on. */
  private void putFramed(long[] tokens, int kept, int[] ids, int at) {
    ids[at] = begin;
    for (int i = 0; i < kept; i++) {
      ids[at + 1 + i] = (int) tokens[i];
    }
    ids[at + 1 + kept] = end;
  }

  private long[] tokens(String text) {
    return tokenizer.encode(text, false, false).getIds();
  }
}
