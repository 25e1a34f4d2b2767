package dev.diffstream.base;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations and tokenisers as people have them: older, incomplete, or not matching. */
final class ConfigAndTokenizerFilesTest {
  private static final String CONFIG = "config.json";
  private static final String TOKENIZER = "tokenizer.json";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "layer_norm_eps",
        "pad_token_id",
        "position_embedding_type",
        "architectures",
        "type_vocab_size",
        "hidden_act",
        "is_decoder"
      })
  void absentFieldsHaveTheDefaultsOfTheFamily(String field) {
    TinyBert tiny = TinyBert.of("gelu");
    assertLoadsAs(tiny, tiny.edited(CONFIG, json -> json.remove(field)));
    assertLoadsAs(tiny, tiny.edited(CONFIG, json -> json.putNull(field)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"roberta", "xlm-roberta"})
  void robertasPaddingIsOneIfAbsent(String family) {
    TinyBert tiny = TinyBert.ofFamily(family);
    assertLoadsAs(tiny, tiny.edited(CONFIG, json -> json.remove("pad_token_id")));
    assertLoadsAs(tiny, tiny.edited(CONFIG, json -> json.putNull("pad_token_id")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hidden_size",
        "num_hidden_layers",
        "num_attention_heads",
        "intermediate_size",
        "vocab_size",
        "max_position_embeddings"
      })
  void absentSizesAreNamed(String field) {
    TinyBert tiny = TinyBert.of("gelu");
    String expected = ", expected a whole number";
    assertRefused(
        tiny.edited(CONFIG, json -> json.remove(field)), CONFIG, field + " is missing" + expected);
    assertRefused(
        tiny.edited(CONFIG, json -> json.putNull(field)), CONFIG, field + " is null" + expected);
    assertRefused(
        tiny.edited(CONFIG, json -> json.put(field, 1.5)), CONFIG, field + " is 1.5" + expected);
  }

  @ParameterizedTest
  @CsvSource({
    "bert,BertModel",
    "bert,BertForMaskedLM",
    "roberta,RobertaForSequenceClassification",
    "xlm-roberta,XLMRobertaModel",
    "distilbert,DistilBertForQuestionAnswering",
    "electra,ElectraForPreTraining"
  })
  void withoutModelTypeTheModelClassTellsTheFamily(String family, String modelClass) {
    TinyBert tiny = TinyBert.ofFamily(family);
    assertLoadsAs(
        tiny,
        tiny.edited(
            CONFIG,
            json -> {
              json.remove("model_type");
              json.putArray("architectures").add(modelClass);
            }));
  }

  @Test
  void withoutBothModelTypeIsNamed() {
    TinyBert tiny = TinyBert.of("gelu");
    assertRefused(
        tiny.edited(CONFIG, json -> json.remove("model_type")),
        "model_type is missing, supported are bert, roberta");
    assertRefused(
        tiny.edited(
            CONFIG,
            json -> json.putNull("model_type").putArray("architectures").add("AlbertModel")),
        "model_type is null, supported are bert, roberta");
  }

  @Test
  void valuesThatAreNotComputedAreNamedAndCut() {
    TinyBert tiny = TinyBert.of("gelu");
    assertRefused(
        tiny.edited(CONFIG, json -> json.put("position_embedding_type", "relative_key")),
        "position_embedding_type is \"relative_key\", supported is absolute");
    assertRefused(
        tiny.edited(CONFIG, json -> json.put("layer_norm_eps", "small")),
        "layer_norm_eps is \"small\", expected a number");
    assertRefused(
        tiny.edited(CONFIG, json -> json.put("layer_norm_eps", true)),
        "layer_norm_eps is true, expected a number");
    assertRefused(
        tiny.edited(CONFIG, json -> json.put("model_type", "x".repeat(100_000))),
        "model_type is \"xxx",
        "…, supported are bert");
    assertRefused(tiny.with(CONFIG, "[]".getBytes(UTF_8)), "it holds [], expected an object");
    assertRefused(tiny.with(CONFIG, new byte[0]), CONFIG);
  }

  @Test
  void aByteOrderMarkIsPassedOver() {
    TinyBert tiny = TinyBert.of("gelu");
    byte[] tokenizer = withMark(tiny.bytes(TOKENIZER));
    TinyBert marked = tiny.with(CONFIG, withMark(tiny.bytes(CONFIG))).with(TOKENIZER, tokenizer);
    assertLoadsAs(tiny, marked);
    try (Base base = Base.from(marked)) {
      assertThat(base.inputDigest()).isEqualTo(Sha256.of(tokenizer));
    }
  }

  @Test
  void aVocabularyWithoutTokenizerJsonIsRefusedWithWhatToDo() {
    TinyBert tiny = TinyBert.of("gelu").without(TOKENIZER);
    assertRefused(
        tiny.with("vocab.txt", "[PAD]\n[UNK]\n".getBytes(UTF_8)),
        "has no tokenizer.json; vocabulary files alone are not read",
        "AutoTokenizer.from_pretrained(DIRECTORY).save_pretrained(DIRECTORY)");
  }

  @ParameterizedTest
  @CsvSource({"41,41", "9000,9000", "7,41"})
  void addedTokensBeyondTheEmbeddingAreRefused(int id, int effective) {
    TinyBert tiny =
        TinyBert.of("gelu").edited(TOKENIZER, json -> added(json).accept(new Added("[PHONE]", id)));
    assertRefused(
        tiny,
        TOKENIZER,
        "token \"[PHONE]\" has the id %d, but the word embedding has 41 rows".formatted(effective));
  }

  @Test
  void addedTokensWithinTheEmbeddingAreTaken() {
    TinyBert tiny = TinyBert.of("gelu");
    assertLoadsAs(
        tiny,
        tiny.edited(
            TOKENIZER,
            json -> {
              added(json).accept(new Added("[MASK]", 4));
              ((ObjectNode) json.get("model").get("vocab")).remove("meal");
              added(json).accept(new Added("meal", 11));
            }));
  }

  @Test
  void aVocabularyLargerThanTheEmbeddingIsRefused() {
    TinyBert tiny = TinyBert.of("gelu");
    assertRefused(
        tiny.edited(
            TOKENIZER, json -> ((ObjectNode) json.get("model").get("vocab")).put("zoo", 41)),
        "token \"zoo\" has the id 41, but the word embedding has 41 rows, for the ids 0 to 40");
  }

  @Test
  void theFilesOwnTruncationAndPaddingAreNotUsed() {
    String text = "the man is eating the food the man is eating a meal a man is eating food";
    TinyBert tiny = TinyBert.of("gelu");
    TinyBert plain = tiny.edited(TOKENIZER, json -> json.putNull("truncation").putNull("padding"));
    TinyBert fixed =
        tiny.edited(
            TOKENIZER,
            json -> {
              ((ObjectNode) json.get("truncation")).put("max_length", 16);
              ((ObjectNode) json.get("padding").get("strategy")).put("Fixed", 64);
            });
    try (Base expected = Base.from(plain);
        Base base = Base.from(fixed)) {
      for (int maxTokens : new int[] {3, 12, 24}) {
        assertThat(base.tokenizer().encode(text, null, maxTokens).ids())
            .isEqualTo(expected.tokenizer().encode(text, null, maxTokens).ids())
            .hasSize(Math.min(maxTokens, 19));
        assertThat(base.tokenizer().encode("food", text, maxTokens).ids())
            .isEqualTo(expected.tokenizer().encode("food", text, maxTokens).ids());
      }
      assertThat(base.tokenizer().encode("food", null, 24).ids()).hasSize(3);
      assertThat(base.tokenizer().encodeWords(text, 24).positions())
          .isEqualTo(expected.tokenizer().encodeWords(text, 24).positions())
          .doesNotContain(-1);
    }
  }

  private record Added(String content, int id) {}

  private static Consumer<Added> added(ObjectNode json) {
    return token ->
        json.withArray("added_tokens")
            .addObject()
            .put("id", token.id())
            .put("content", token.content())
            .put("single_word", false)
            .put("lstrip", false)
            .put("rstrip", false)
            .put("normalized", false)
            .put("special", true);
  }

  private static byte[] withMark(byte[] content) {
    return ("\uFEFF" + new String(content, UTF_8)).getBytes(UTF_8);
  }

  private static void assertLoadsAs(TinyBert expected, TinyBert actual) {
    try (Base base = Base.from(expected);
        Base loaded = Base.from(actual)) {
      assertThat(loaded.digest()).isEqualTo(base.digest());
      assertThat(loaded.architecture()).isEqualTo(base.architecture());
      assertThat(loaded.tokenizer().encode("the man is eating", null, 9).ids())
          .isEqualTo(base.tokenizer().encode("the man is eating", null, 9).ids());
    }
  }

  private static void assertRefused(TinyBert files, String... parts) {
    assertThatThrownBy(() -> Base.from(files))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.BASE_UNKNOWN);
              assertThat(e.reason()).startsWith("base gelu has ").hasSizeLessThan(700);
              assertThat(e.reason()).contains(parts);
            });
  }
}
