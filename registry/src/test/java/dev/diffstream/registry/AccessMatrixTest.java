package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.access.AccessKeys;
import dev.diffstream.schemas.access.ApiKeySecret;
import dev.diffstream.schemas.event.AccessRecorded;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.run.RunReportBuilder;
import io.micronaut.web.router.Router;
import io.opentelemetry.api.OpenTelemetry;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.slf4j.LoggerFactory;

/**
 * Every route of the registry, by every kind of key: what docs/access.md says, and nothing else.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AccessMatrixTest {
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final List<String> ROLES = List.of("read", "submit", "operate", "predict");
  private static final String TASK = "tq7-parcels";

  /** Judges the key in its form; {@link #peopleSignInAndOutOfTheConsole} asks it. */
  private static final String LOGIN = "POST /console/login";

  private static final Set<String> OWN =
      Set.of(
          "GET /v1/tasks",
          "GET /v1/tasks/{taskId}",
          "GET /v1/tasks/{taskId}/versions",
          "GET /v1/runs",
          "GET /v1/runs/{runId}",
          "GET /console",
          "GET /console/tasks/{taskId}");

  private final InMemoryBackends backends = new InMemoryBackends();
  private final TestKeys keys = new TestKeys(backends.store);
  private final String root = keys.create(null, null, "read", "submit", "operate");
  private final HttpClient client = HttpClient.newHttpClient();
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final List<String> answers = new ArrayList<>();
  private final AccessDocument document;
  private final RegistryServer server;
  private final DiffPublished diff;

  AccessMatrixTest() throws Exception {
    document = new AccessDocument();
    diff = backends.stored(TASK, "e1", InMemoryBackends.diff(TASK, new int[] {1, 2}, 0.9));
    server =
        RegistryServer.start(
            InMemoryBackends.settings(),
            TestKeys.SETTINGS,
            backends.store,
            backends.log,
            OpenTelemetry.noop());
  }

  /** One task of the tenant shop, with a version. */
  @BeforeAll
  void learn() throws Exception {
    Logger all = (Logger) LoggerFactory.getLogger("dev.diffstream");
    lines.start();
    all.addAppender(lines);
    all.setLevel(Level.DEBUG);
    RunReport report =
        RunReportBuilder.builder()
            .runId(diff.runId())
            .taskId(TASK)
            .event(new EventOrigin("/test", "e1", "diffstream.tasks/0/0"))
            .attempt(1)
            .outcome(RunReport.Outcome.PUBLISHED)
            .published(diff)
            .task(Json.tree(Map.of("owner", "shop")))
            .warnings(List.of())
            .started(InMemoryBackends.NOW)
            .finished(InMemoryBackends.NOW)
            .build();
    backends.store.put(diff.report(), Json.write(report), Map.of());
    backends.send(Topics.DIFFS, diff, Map.of());
    await("/v1/tasks/" + TASK, root, 200);
    await("/health/ready", root, 200);
  }

  @AfterAll
  void stop() {
    Logger all = (Logger) LoggerFactory.getLogger("dev.diffstream");
    all.detachAppender(lines);
    all.setLevel(null);
    server.close();
    client.close();
  }

  @Test
  void theDocumentListsEveryRoute() {
    Set<String> routes = new TreeSet<>();
    server
        .context()
        .getBean(Router.class)
        .uriRoutes()
        .filter(route -> !Set.of("HEAD", "OPTIONS").contains(route.getHttpMethodName()))
        .forEach(
            route -> routes.add(route.getHttpMethodName() + " " + route.getUriMatchTemplate()));
    assertThat(documented().keySet()).containsExactlyInAnyOrderElementsOf(routes);
  }

  private Map<String, String> documented() {
    return document.needs("Routes of the registry");
  }

  private Map<String, String> judged() {
    Map<String, String> routes = documented();
    assertThat(routes.remove(LOGIN)).isEqualTo("open");
    return routes;
  }

  @Test
  void withoutAValidKeyNothingIsToldButHealth() throws Exception {
    List<@Nullable String> secrets = new ArrayList<>();
    secrets.add(null);
    secrets.add("dsk_" + "x".repeat(43));
    secrets.add("no key at all");
    secrets.add(keys.expired("read", "submit", "operate", "predict"));
    secrets.add(keys.revoked("read", "submit", "operate", "predict"));
    for (String secret : secrets) {
      for (Map.Entry<String, String> route : judged().entrySet()) {
        HttpResponse<String> answer = ask(route.getKey(), secret);
        String what = route + " with " + secrets.indexOf(secret) + ": " + answer.body();
        if (document.gives("without a key", route.getValue())) {
          assertThat(answer.statusCode()).as(what).isNotIn(401, 403);
          assertThat(answer.body()).doesNotContain(TASK);
        } else if (route.getKey().contains(" /console")) {
          assertThat(answer.statusCode()).as(what).isEqualTo(303);
          assertThat(answer.headers().firstValue("location").orElse(""))
              .startsWith("/console/login");
        } else {
          assertThat(answer.statusCode()).as(what).isEqualTo(401);
          assertThat(answer.body()).contains("UNAUTHENTICATED").doesNotContain(TASK);
        }
      }
    }
  }

  /** Reads first: what is changed by a key that may do so is changed last. */
  @Test
  void everyRoleMayWhatTheDocumentSays() throws Exception {
    for (String role : ROLES) {
      for (String tenant : new String[] {"none", "shop", "desk"}) {
        String secret = keys.create(tenant.equals("none") ? null : tenant, null, role);
        await("/openapi.yml", secret, 200);
        for (Map.Entry<String, String> route : judged().entrySet()) {
          check(role, tenant, secret, route.getKey(), route.getValue());
        }
      }
    }
    noSecretStandsAnywhere();
  }

  private void check(String role, String tenant, String secret, String route, String needs)
      throws Exception {
    boolean may =
        document.gives(role, needs) && (!needs.equals("deployment") || tenant.equals("none"));
    HttpResponse<String> answer = ask(route, secret);
    String what = "%s of %s: %s: %s".formatted(role, tenant, route, answer.body());
    if (!may) {
      assertThat(answer.statusCode()).as(what).isEqualTo(403);
      assertThat(answer.body()).contains("PERMISSION_DENIED").doesNotContain(TASK);
    } else if (tenant.equals("desk") && namesATask(route)) {
      assertThat(answer.statusCode()).as(what).isEqualTo(404);
      assertThat(
              answer.body().replace(diff.runId().substring(4), "nowhere").replace(TASK, "nowhere"))
          .isEqualTo(ask(route, secret, "nowhere").body());
    } else {
      assertThat(answer.statusCode()).as(what).isNotIn(401, 403);
      if (tenant.equals("desk")) {
        assertThat(answer.body()).as(what).doesNotContain(TASK);
      }
      if (tenant.equals("shop") && OWN.contains(route)) {
        assertThat(answer.body()).as(what).contains(TASK);
      }
    }
  }

  private static boolean namesATask(String route) {
    return route.contains("{taskId}") || route.contains("{runId}") || route.contains("{jobId}");
  }

  private HttpResponse<String> ask(String route, @Nullable String secret) throws Exception {
    return ask(route, secret, TASK);
  }

  private HttpResponse<String> ask(String route, @Nullable String secret, String task)
      throws Exception {
    String method = route.substring(0, route.indexOf(' '));
    String run = task.equals(TASK) ? diff.runId() : "run-" + task;
    String path =
        route
            .substring(route.indexOf(' ') + 1)
            .replace("{taskId}", task)
            .replace("{runId}", run)
            .replace("{jobId}", "ftjob-" + run.substring(4))
            .replace("{fileId}", "file-" + "0".repeat(32))
            .replace("{gatewayId}", "gateway-0")
            .replace("{number}", "9")
            .replace("{version}", "9")
            .replaceAll("\\{action:.*\\}", "cancel");
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .timeout(LONGEST)
            .method(
                method,
                method.equals("GET") ? BodyPublishers.noBody() : BodyPublishers.ofString(""));
    if (!method.equals("GET")) {
      request.header("content-type", contentType(route));
    }
    if (secret != null) {
      request.header("authorization", "Bearer " + secret);
    }
    HttpResponse<String> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    answers.add(answer.body() + answer.headers().map());
    return answer;
  }

  private static String contentType(String route) {
    if (route.endsWith("/v1/files") || route.endsWith("/submit/preview")) {
      return "multipart/form-data; boundary=x";
    }
    return route.contains("/console") ? "application/x-www-form-urlencoded" : "application/json";
  }

  private void noSecretStandsAnywhere() throws Exception {
    String metrics = ask("GET /prometheus", root).body();
    assertThat(metrics).contains("diffstream_registry_tasks 1.0");
    answers.add(metrics);
    backends
        .events(Topics.AUDIT, AccessRecorded.class)
        .forEach(record -> answers.add(record.toString()));
    lines.list.forEach(line -> answers.add(line.getFormattedMessage()));
    assertThat(lines.list).isNotEmpty();
    for (String secret : keys.secrets()) {
      assertThat(answers).noneMatch(text -> text.contains(secret.substring(4)));
    }
  }

  @Test
  void aRevokedKeyEndsWithinAMoment() throws Exception {
    String secret = keys.create(null, null, "read");
    await("/v1/tasks", secret, 200);
    long began = System.nanoTime();
    keys.revoke(secret);
    await("/v1/tasks", secret, 401);
    System.out.printf("revoked after %d ms%n", (System.nanoTime() - began) / 1_000_000);
  }

  @Test
  void refusalsAreInTheAuditOnceAMinuteWhateverTheirNumber() throws Exception {
    String secret = keys.create(null, null, "predict");
    await("/openapi.yml", secret, 200);
    for (int i = 0; i < 50; i++) {
      ask("GET /v1/tasks", secret);
    }
    String id = ApiKeySecret.id(ApiKeySecret.digest(secret));
    long end = System.nanoTime() + LONGEST.toNanos();
    List<AccessRecorded> of = List.of();
    while (of.isEmpty()) {
      assertThat(System.nanoTime()).isLessThan(end);
      of =
          backends.events(Topics.AUDIT, AccessRecorded.class).stream()
              .filter(record -> id.equals(record.keyId()))
              .toList();
    }
    assertThat(of).hasSize(1);
    assertThat(of.getFirst().code()).isEqualTo("PERMISSION_DENIED");
    assertThat(of.getFirst().service()).isEqualTo("registry");
  }

  @Test
  void aTaskBelongsToTheTenantThatSendsItFirst() throws Exception {
    String shop = keys.create("shop", null, "submit");
    String desk = keys.create("desk", null, "submit");
    await("/openapi.yml", shop, 200);
    await("/openapi.yml", desk, 200);
    String event =
        "{\"taskId\":\"%s\",\"objective\":\"classification\",\"data\":{\"train\":\"s3://b/x.csv\"}%s}";
    assertThat(submit(event.formatted("letters", ""), shop)).isEqualTo(202);
    assertThat(submit(event.formatted("letters", ""), desk)).isEqualTo(403);
    assertThat(submit(event.formatted(TASK, ""), desk)).isEqualTo(403);
    assertThat(submit(event.formatted("mine", ",\"owner\":\"shop\""), desk)).isEqualTo(403);
    assertThat(submit(event.formatted("mine", ",\"owner\":\"desk\""), desk)).isEqualTo(202);
    assertThat(backends.store.get(AccessKeys.taskOwner(new TaskId("letters")), 1 << 10))
        .hasValueSatisfying(
            bytes -> assertThat(new String(bytes, StandardCharsets.UTF_8)).contains("\"shop\""));
  }

  private int submit(String event, String secret) throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/v1/tasks"))
                .header("authorization", "Bearer " + secret)
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(event))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .statusCode();
  }

  @Test
  void peopleSignInAndOutOfTheConsole() throws Exception {
    String secret = keys.create("shop", null, "read");
    await("/v1/tasks", secret, 200);
    HttpResponse<String> wrong = form("/console/login", "key=dsk_wrong", "");
    assertThat(wrong.statusCode()).isEqualTo(401);
    assertThat(wrong.headers().firstValue("set-cookie")).isEmpty();

    HttpResponse<String> in =
        form(
            "/console/login",
            "next="
                + URLEncoder.encode("//elsewhere/console", StandardCharsets.UTF_8)
                + "&key="
                + secret,
            "");
    assertThat(in.statusCode()).isEqualTo(303);
    assertThat(in.headers().firstValue("location")).hasValue("/console");
    String cookie = in.headers().firstValue("set-cookie").orElseThrow();
    assertThat(cookie)
        .containsIgnoringCase("HttpOnly")
        .contains("SameSite=Strict")
        .contains("Path=/console")
        .doesNotContain(secret);
    String session = cookie.substring(0, cookie.indexOf(';'));

    String page = page("/console", session).body();
    assertThat(page).contains(TASK).contains("Sign out").doesNotContain("New task");
    assertThat(page("/console/tasks/" + TASK, session).body()).doesNotContain("Roll back");
    assertThat(page("/v1/tasks", session).statusCode()).isEqualTo(401);
    assertThat(form("/console/tasks/" + TASK + "/move", "kind=withdraw", session).statusCode())
        .isEqualTo(403);

    assertThat(form("/console/logout", "", session, "Sec-Fetch-Site", "same-origin").statusCode())
        .isEqualTo(303);
    assertThat(page("/console", session).statusCode()).isEqualTo(303);
  }

  @Test
  void aChangeOfASessionMustComeFromAnOwnPage() throws Exception {
    String secret = keys.create(null, null, "operate");
    await("/v1/tasks", secret, 200);
    String cookie =
        form("/console/login", "key=" + secret, "")
            .headers()
            .firstValue("set-cookie")
            .orElseThrow();
    String session = cookie.substring(0, cookie.indexOf(';'));
    String path = "/console/dead-letters/preview";
    String own = "http://127.0.0.1:" + server.port();
    assertThat(form(path, "", session).statusCode()).isEqualTo(403);
    assertThat(form(path, "", session, "Origin", "http://elsewhere").statusCode()).isEqualTo(403);
    assertThat(form(path, "", session, "Origin", "null").statusCode()).isEqualTo(403);
    assertThat(form(path, "", session, "Sec-Fetch-Site", "cross-site").statusCode()).isEqualTo(403);
    assertThat(form(path, "", session, "Sec-Fetch-Site", "none").statusCode()).isEqualTo(403);
    assertThat(form(path, "", session, "Origin", own).statusCode()).isEqualTo(200);
    assertThat(form(path, "", session, "Sec-Fetch-Site", "same-origin").statusCode())
        .isEqualTo(200);
    keys.revoke(secret);
    long end = System.nanoTime() + LONGEST.toNanos();
    while (page("/console", session).statusCode() == 200) {
      assertThat(System.nanoTime()).isLessThan(end);
    }
  }

  private HttpResponse<String> page(String path, String session) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .header("cookie", session)
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> form(String path, String body, String session, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", session.isEmpty() ? "none=0" : session)
            .POST(BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private void await(String path, String secret, int status) throws Exception {
    long end = System.nanoTime() + LONGEST.toNanos();
    while (ask("GET " + path, secret).statusCode() != status) {
      assertThat(System.nanoTime()).as(path).isLessThan(end);
      Thread.onSpinWait();
    }
  }
}
