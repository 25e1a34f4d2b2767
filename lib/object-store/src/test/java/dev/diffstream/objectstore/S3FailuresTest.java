package dev.diffstream.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.embedded.EmbeddedS3;
import dev.diffstream.objectstore.ObjectStore.ObjectInfo;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What callers see when a server, or the way to it, fails. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
final class S3FailuresTest {
  private static final Map<String, String> NONE = Map.of();

  private EmbeddedS3 server;

  @BeforeAll
  void start(@TempDir Path directory) {
    server = EmbeddedS3.start(TestServers.options(directory));
  }

  @AfterAll
  void stop() {
    server.close();
  }

  private static void fails(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code));
  }

  @Test
  void aLostAnswerOfTheOwnCreationIsCreated() throws IOException {
    try (var proxy = new AnswerDroppingProxy(server.endpoint());
        var store = TestServers.connect(proxy.endpoint())) {
      proxy.dropNextAnswers(1);
      assertThat(store.putIfAbsent("lost/own", new byte[] {1}, Map.of("name", "v")))
          .isEqualTo(PutOutcome.CREATED);
      assertThat(proxy.dropped()).isEqualTo(1);
      assertThat(store.stat("lost/own"))
          .hasValue(new ObjectInfo("lost/own", 1, Map.of("name", "v")));
    }
  }

  @Test
  void aLostAnswerToSomebodyElsesCreationIsExists() throws IOException {
    try (var proxy = new AnswerDroppingProxy(server.endpoint());
        var store = TestServers.connect(proxy.endpoint())) {
      assertThat(store.putIfAbsent("lost/other", new byte[] {1}, NONE))
          .isEqualTo(PutOutcome.CREATED);
      proxy.dropNextAnswers(1);
      assertThat(store.putIfAbsent("lost/other", new byte[] {2}, NONE))
          .isEqualTo(PutOutcome.EXISTS);
      assertThat(store.get("lost/other", 1)).hasValue(new byte[] {1});
    }
  }

  @Test
  void withoutAnyAnswerTheOutcomeOfAWriteIsUnknown() throws IOException {
    try (var proxy = new AnswerDroppingProxy(server.endpoint());
        var store = TestServers.connect(proxy.endpoint())) {
      proxy.dropNextAnswers(Integer.MAX_VALUE);
      fails(ErrorCode.OUTCOME_UNKNOWN, () -> store.putIfAbsent("lost/all", new byte[1], NONE));
      fails(ErrorCode.OUTCOME_UNKNOWN, () -> store.put("lost/put", new byte[1], NONE));
      fails(ErrorCode.OUTCOME_UNKNOWN, () -> store.delete("lost/all"));
      fails(
          ErrorCode.OUTCOME_UNKNOWN,
          () -> store.upload("lost/upload", new ByteArrayInputStream(new byte[9 << 20]), NONE));
      fails(ErrorCode.OVERLOADED, () -> store.get("lost/all", 1));
      fails(ErrorCode.OVERLOADED, () -> store.list("lost/").toList());
    }
  }

  @Test
  void aServerOutOfReachIsOverloaded() throws IOException {
    try (S3ObjectStore store = TestServers.connect(unusedAddress())) {
      fails(ErrorCode.OVERLOADED, store::ping);
      fails(ErrorCode.OVERLOADED, () -> store.get("k", 1));
      fails(ErrorCode.OVERLOADED, () -> store.put("k", new byte[1], NONE));
      fails(ErrorCode.OVERLOADED, () -> store.putIfAbsent("k", new byte[1], NONE));
      fails(ErrorCode.OVERLOADED, () -> store.list("k").toList());
    }
  }

  @Test
  void manyFailingUploadsDoNotWaitForEachOther() throws Exception {
    try (var proxy = new AnswerDroppingProxy(server.endpoint());
        var store = TestServers.connect(proxy.endpoint());
        ExecutorService threads = Executors.newFixedThreadPool(8)) {
      proxy.dropNextAnswers(Integer.MAX_VALUE);
      List<Callable<Boolean>> uploads = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        String key = "hang/" + i;
        uploads.add(
            () -> {
              fails(
                  ErrorCode.OUTCOME_UNKNOWN,
                  () -> store.upload(key, new ByteArrayInputStream(new byte[9 << 20]), NONE));
              return true;
            });
      }
      for (Future<Boolean> failed : threads.invokeAll(uploads)) {
        assertThat(failed.get()).isTrue();
      }
    }
  }

  @Test
  void aServerThatStaysSilentIsGivenUp() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        S3ObjectStore store =
            new S3ObjectStore(
                withTimeout(
                    URI.create("http://127.0.0.1:" + silent.getLocalPort()),
                    Duration.ofMillis(200)))) {
      fails(ErrorCode.OVERLOADED, () -> store.get("k", 1));
      fails(ErrorCode.OUTCOME_UNKNOWN, () -> store.put("k", new byte[1], NONE));
    }
  }

  @Test
  void wrongKeysAreForbidden() {
    var settings =
        new S3Settings(
            server.endpoint(),
            "us-east-1",
            TestServers.BUCKET,
            TestServers.ACCESS_KEY,
            "not-the-secret",
            S3Settings.DEFAULT_TIMEOUT);
    try (S3ObjectStore store = new S3ObjectStore(settings)) {
      fails(ErrorCode.DATA_FORBIDDEN, store::ping);
      fails(ErrorCode.DATA_FORBIDDEN, () -> store.get("k", 1));
      fails(ErrorCode.DATA_FORBIDDEN, () -> store.stat("k"));
      fails(ErrorCode.DATA_FORBIDDEN, () -> store.putIfAbsent("k", new byte[1], NONE));
    }
  }

  @Test
  void aMissingBucketIsNoMissingObject() {
    var settings =
        new S3Settings(
            server.endpoint(),
            "us-east-1",
            "no-such-bucket",
            TestServers.ACCESS_KEY,
            TestServers.SECRET_KEY,
            S3Settings.DEFAULT_TIMEOUT);
    try (S3ObjectStore store = new S3ObjectStore(settings)) {
      fails(ErrorCode.DATA_UNREADABLE, store::ping);
      fails(ErrorCode.DATA_UNREADABLE, () -> store.get("k", 1));
      fails(ErrorCode.DATA_UNREADABLE, () -> store.putIfAbsent("k", new byte[1], NONE));
      fails(ErrorCode.DATA_UNREADABLE, () -> store.list("k").toList());
    }
  }

  private static S3Settings withTimeout(URI endpoint, Duration timeout) {
    return new S3Settings(
        endpoint,
        "us-east-1",
        TestServers.BUCKET,
        TestServers.ACCESS_KEY,
        TestServers.SECRET_KEY,
        timeout);
  }

  private static URI unusedAddress() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }
  }
}
