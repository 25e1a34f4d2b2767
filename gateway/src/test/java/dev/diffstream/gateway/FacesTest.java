package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.diffstream.gateway.Ask.Input;
import dev.diffstream.gateway.Face.Reply;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.event.Objective;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same requests, good and bad, over REST and gRPC, with their data in text or raw: the same
 * answers, codes and messages.
 */
final class FacesTest {
  private static final TinyGateway GATEWAY = new TinyGateway();
  private static final Map<String, Face> FACES =
      Map.of(
          "REST", new RestFace(GATEWAY, false),
          "REST, raw", new RestFace(GATEWAY, true),
          "gRPC", new GrpcFace(GATEWAY, false),
          "gRPC, raw", new GrpcFace(GATEWAY, true));

  @BeforeAll
  static void serve() throws Exception {
    GATEWAY.serve("reviews", Objective.CLASSIFICATION);
    GATEWAY.serve("pairs", Objective.PAIR_REGRESSION);
    GATEWAY.serve("slots", Objective.TOKEN_CLASSIFICATION);
    GATEWAY.serve("topics", Objective.MULTI_LABEL);
    GATEWAY.serve("domain", Objective.MASKED_LM);
    GATEWAY.backends.announce(
        "broken", 1, TinyModel.BASE, TinyModel.diff("broken", Objective.CLASSIFICATION, 0, 9));
    GATEWAY.backends.announce(
        "elsewhere", 1, Sha256.of("another base"), Sha256.of("a diff of another base"));
    long end = System.nanoTime() + TinyGateway.TIMEOUT.toNanos();
    while (GATEWAY.backends.residency().size() < 6
        || GATEWAY.get("/v2/models/elsewhere").statusCode() != 422) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @AfterAll
  static void stop() {
    GATEWAY.close();
  }

  static Stream<Arguments> good() {
    Input good = Input.texts("text", "good", "bad");
    return Stream.of(
        arguments("two texts", Ask.of("reviews", "good", "bad")),
        arguments("text of many languages", Ask.of("reviews", "guten Tag", "\ud83d\ude9a")),
        arguments("no text in a text", Ask.of("reviews", "")),
        arguments("a column", Ask.of("reviews").over(good.shaped(2L, 1L))),
        arguments("an id", Ask.of("reviews", "good").named("7")),
        arguments("a version", Ask.of("reviews", "good").ofVersion("1")),
        arguments("an output", Ask.of("reviews", "good").output("scores")),
        arguments("outputs", Ask.of("reviews", "good").output("label").output("scores")),
        arguments("pairs", Ask.of("pairs").over(good, Input.texts("text_pair", "a", "b"))),
        arguments("tags", Ask.of("slots", "one two three")),
        arguments("label sets", Ask.of("topics", "one", "two", "three", "four")),
        arguments("fills", Ask.of("domain", "one [MASK]")),
        arguments("a cut text", Ask.of("reviews", "x".repeat(2000))),
        arguments("base64", Ask.of("reviews", "Z29vZA==").with("content_type", "base64")),
        arguments(
            "base64 of an input",
            Ask.of("reviews").over(Input.texts("text", "Z29vZA==").with("content_type", "base64"))),
        arguments("a timeout", Ask.of("reviews", "good").with("timeout", 60_000_000L)),
        arguments("the longest timeout", Ask.of("reviews", "a").with("timeout", Long.MAX_VALUE)),
        arguments("no timeout", Ask.of("reviews", "good").with("timeout", 0L)),
        arguments("what nobody reads", Ask.of("reviews", "good").with("priority", "high")));
  }

  static Stream<Arguments> bad() {
    Input good = Input.texts("text", "good", "bad");
    Input pair = Input.texts("text_pair", "good", "bad");
    return Stream.of(
        arguments("TASK_UNKNOWN", Ask.of("nobody", "a")),
        arguments("TASK_UNKNOWN", Ask.of("REVIEWS", "a")),
        arguments("VERSION_UNKNOWN", Ask.of("reviews", "a").ofVersion("2")),
        arguments("VERSION_UNKNOWN", Ask.of("reviews", "a").ofVersion("01")),
        arguments("SELF_TEST_FAILED", Ask.of("broken", "a")),
        arguments("BASE_MISMATCH", Ask.of("elsewhere", "a")),
        arguments("DEADLINE_EXCEEDED", Ask.of("reviews", "a").with("timeout", 1L)),
        arguments("INVALID_REQUEST", Ask.of("reviews", "1", "2", "3", "4", "5")),
        arguments("INVALID_REQUEST", Ask.of("reviews").over()),
        arguments("INVALID_REQUEST", Ask.of("reviews").over(Input.texts("text").shaped(0L))),
        arguments("INVALID_REQUEST", Ask.of("reviews").over(Input.texts("x", "a"))),
        arguments("INVALID_REQUEST", Ask.of("reviews").over(good.typed("FP32"))),
        arguments("INVALID_REQUEST", Ask.of("reviews").over(good.typed("INT64"))),
        arguments("INVALID_REQUEST", Ask.of("reviews").over(good.typed("bytes"))),
        arguments("INVALID_REQUEST", Ask.of("reviews").over(good.shaped())),
        arguments("INVALID_REQUEST", Ask.of("reviews").over(good.shaped(3L))),
        arguments("INVALID_REQUEST", Ask.of("reviews").over(good.shaped(-1L))),
        arguments("INVALID_REQUEST", Ask.of("reviews").over(good.shaped(1L, 2L))),
        arguments("INVALID_REQUEST", Ask.of("reviews").over(good.shaped(1L << 62, 4L))),
        arguments("INVALID_REQUEST", Ask.of("reviews").over(good.shaped(1L << 62))),
        arguments("INVALID_REQUEST", Ask.of("reviews").over(good, good)),
        arguments("INVALID_REQUEST", Ask.of("reviews").over(good.withoutData())),
        arguments("INVALID_REQUEST", Ask.of("reviews").over(good, pair)),
        arguments("INVALID_REQUEST", Ask.of("pairs").over(good)),
        arguments("INVALID_REQUEST", Ask.of("pairs").over(pair)),
        arguments("INVALID_REQUEST", Ask.of("pairs").over(good, Input.texts("text_pair", "a"))),
        arguments("INVALID_REQUEST", Ask.of("reviews", "a").output("logits")),
        arguments("INVALID_REQUEST", Ask.of("reviews", "a").output("label", "classification", 2L)),
        arguments("INVALID_REQUEST", Ask.of("reviews", "a").output("label", "binary_data", 1L)),
        arguments(
            "INVALID_REQUEST", Ask.of("reviews", "a").output("label", "shared_memory_region", "r")),
        arguments(
            "INVALID_REQUEST",
            Ask.of("reviews").over(good.withoutData().with("shared_memory_region", "r"))),
        arguments("INVALID_REQUEST", Ask.of("reviews", "a").with("binary_data_output", "yes")),
        arguments("INVALID_REQUEST", Ask.of("reviews", "a").with("timeout", "soon")),
        arguments("INVALID_REQUEST", Ask.of("reviews", "a").with("timeout", -1L)),
        arguments("INVALID_REQUEST", Ask.of("reviews", "a").with("content_type", "np")),
        arguments("INVALID_REQUEST", Ask.of("reviews", "a!").with("content_type", "base64")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("good")
  void aGoodRequestHasOneAnswer(String what, Ask ask) throws Exception {
    Reply expected = new RestFace(GATEWAY, false).infer(ask);
    assertThat(expected.code()).as(what + ": " + expected.message()).isEqualTo("OK");
    assertThat(expected.outputs()).isNotEmpty();
    assertThat(expected.proof()).containsKeys("digest", "version", "base_digest", "labels");
    for (Map.Entry<String, Face> face : FACES.entrySet()) {
      assertThat(face.getValue().infer(ask)).as(face.getKey()).isEqualTo(expected);
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("bad")
  void aBadRequestHasOneCodeAndOneMessage(String code, Ask ask) throws Exception {
    Reply expected = new RestFace(GATEWAY, false).infer(ask);
    assertThat(expected.code()).as(expected.message()).isEqualTo(code);
    for (Map.Entry<String, Face> face : FACES.entrySet()) {
      assertThat(face.getValue().infer(ask)).as(face.getKey()).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("good")
  void outputsAreAnsweredInTheOrderOfTheTask(String what, Ask ask) throws Exception {
    List<String> names = List.copyOf(new RestFace(GATEWAY, false).infer(ask).outputs().keySet());
    assertThat(List.copyOf(new GrpcFace(GATEWAY, true).infer(ask).outputs().keySet()))
        .as(what)
        .isEqualTo(names);
  }
}
