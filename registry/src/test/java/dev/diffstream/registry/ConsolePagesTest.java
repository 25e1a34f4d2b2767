package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The console's pages without a browser: what they escape, refuse and keep. */
class ConsolePagesTest {
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private final ConsoleWorld world = new ConsoleWorld(false);
  private final HttpClient client = HttpClient.newHttpClient();

  @AfterEach
  void close() {
    world.close();
    client.close();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(HttpRequest.newBuilder(world.page(path)).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String path, String form, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(world.page(path))
            .header("content-type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(form));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private String await(String path, String text) throws Exception {
    long end = System.nanoTime() + LONGEST.toNanos();
    while (true) {
      HttpResponse<String> answer = get(path);
      if (answer.body().contains(text)) {
        return answer.body();
      }
      assertThat(System.nanoTime()).as(answer.body()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/console",
        "/console/tasks/reviews",
        "/console/runs",
        "/console/runs/compare",
        "/console/tasks/reviews/rules",
        "/console/tasks/reviews/versions/2",
        "/console/try?task=%3Cimg%3E",
        "/console/dead-letters",
        "/console/gateways"
      })
  void everyPageEscapesAndLoadsNothingFromElsewhere(String path) throws Exception {
    await("/console", "reviews");
    await("/console/runs", "failed");
    HttpResponse<String> page = get(path);
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body())
        .doesNotContain("<img")
        .doesNotContain("http://")
        .doesNotContain("https://");
    assertThat(page.headers().firstValue("content-security-policy"))
        .get()
        .asString()
        .contains("default-src 'self'");
  }

  @Test
  void aRunTellsWhyItFailedInEscapedText() throws Exception {
    String page = await("/console/runs/" + ConsoleWorld.FAILED, "INVALID_RECORD");
    assertThat(page).contains("line 7 says &lt;img").doesNotContain("<img");
  }

  @Test
  void theCurvesOfARunAreItsPoints() throws Exception {
    String path = "/v1/runs/" + ConsoleWorld.LEARNED + "/progress";
    String points = await(path, "\"step\":39");
    assertThat(points).contains("\"loss\":2.0").contains("\"phase\":\"learning-mask\"");
  }

  @Test
  void whatIsUnknownIsAPageOfItsOwn() throws Exception {
    await("/console", "reviews");
    for (String path :
        List.of(
            "/console/tasks/nothing",
            "/console/runs/run-x",
            "/console/runs/compare?run=run-x",
            "/console/tasks/Nothing/rules",
            "/console/gateways/none")) {
      HttpResponse<String> answer = get(path);
      assertThat(answer.statusCode()).as(path).isEqualTo(404);
      assertThat(answer.body()).contains("TASK_UNKNOWN").contains("<nav");
    }
    assertThat(get("/console/tasks/reviews/move?kind=dance").statusCode()).isEqualTo(400);
    assertThat(get("/console/runs/" + ConsoleWorld.LEARNED + "/ask?action=dance").statusCode())
        .isEqualTo(400);
  }

  @Test
  void aMoveAgainstAnOldGenerationSaysSoAndKeepsWhatWasTyped() throws Exception {
    await("/console/tasks/reviews", "Roll back");
    String form = "kind=roll-back&generation=1&requestId=r-1&reason=too+many+refunds&actor=ada";
    HttpResponse<String> answer = post("/console/tasks/reviews/move", form);
    assertThat(answer.statusCode()).isEqualTo(412);
    assertThat(answer.body())
        .contains("STALE_GENERATION")
        .contains("value=\"too many refunds\"")
        .contains("value=\"ada\"")
        .contains("name=\"generation\" value=\"2\"");
    HttpResponse<String> wrong =
        post(
            "/console/tasks/reviews/move",
            "kind=canary&version=1&weight=lots&generation=2&requestId=r-2");
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(wrong.body()).contains("weight must be a number, got: lots");
  }

  @Test
  void aMoveIsMadeOnceHoweverOftenItsFormIsSent() throws Exception {
    String preview = get("/console/tasks/reviews/move?kind=roll-back").body();
    if (!preview.contains("requestId")) {
      await("/console/tasks/reviews", "Roll back");
      preview = get("/console/tasks/reviews/move?kind=roll-back").body();
    }
    assertThat(preview)
        .contains("diffstream rollback reviews --generation 2")
        .contains("version 2")
        .contains("version 1");
    Matcher id = Pattern.compile("name=\"requestId\" value=\"([^\"]+)\"").matcher(preview);
    assertThat(id.find()).isTrue();
    String form = "kind=roll-back&generation=2&actor=ada&requestId=" + encoded(id.group(1));
    for (int i = 0; i < 2; i++) {
      HttpResponse<String> answer = post("/console/tasks/reviews/move", form);
      assertThat(answer.statusCode()).isEqualTo(303);
      assertThat(answer.headers().firstValue("location")).contains("/console/tasks/reviews");
      assertThat(answer.headers().firstValue("set-cookie"))
          .get()
          .asString()
          .contains("ada")
          .contains("SameSite=Strict");
    }
    String page = await("/console/tasks/reviews", "Version 1 serves it");
    assertThat(page).contains("roll-back").contains("ada");
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Origin=http://evil.example", "Sec-Fetch-Site=cross-site", "Origin=null"})
  void formsOfOtherSitesAreRefused(String header) throws Exception {
    await("/console/tasks/reviews", "Roll back");
    String[] parts = header.split("=", 2);
    HttpResponse<String> answer =
        post(
            "/console/tasks/reviews/move",
            "kind=withdraw&generation=2&requestId=r-1",
            parts[0],
            parts[1]);
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(get("/console/tasks/reviews").body()).contains("Version 2 serves it");
  }

  @Test
  void aReadOnlyConsoleShowsNoButtonsAndChangesNothing() throws Exception {
    try (ConsoleWorld readOnly = new ConsoleWorld(true)) {
      HttpResponse<String> page;
      do {
        page =
            client.send(
                HttpRequest.newBuilder(readOnly.page("/console/tasks/reviews")).build(),
                BodyHandlers.ofString());
      } while (page.statusCode() != 200);
      assertThat(page.body()).contains("read-only").doesNotContain("Promote");
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(readOnly.page("/console/tasks/reviews/move"))
                  .header("content-type", "application/x-www-form-urlencoded")
                  .POST(BodyPublishers.ofString("kind=withdraw&generation=2&requestId=r-1"))
                  .build(),
              BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(403);
    }
  }

  @Test
  void theAddressAloneLeadsToTheTasks() throws Exception {
    HttpResponse<String> answer = get("/");
    assertThat(answer.statusCode()).isEqualTo(303);
    assertThat(answer.headers().firstValue("location")).contains("/console");
    assertThat(get("/openapi.yml").body()).doesNotContain("/console");
    assertThat(get("/console/lib/htmx.org/2.0.4/dist/htmx.min.js").statusCode()).isEqualTo(200);
    assertThat(get("/console/assets/console.css").statusCode()).isEqualTo(200);
  }
}
