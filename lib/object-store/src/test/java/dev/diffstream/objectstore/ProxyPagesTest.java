package dev.diffstream.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import io.minio.BucketExistsArgs;
import io.minio.GetObjectArgs;
import io.minio.ListObjectsArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import io.minio.Result;
import io.minio.StatObjectArgs;
import io.minio.messages.Item;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pages in HTML that an ingress or a proxy sends in place of the server's answer. */
@Timeout(60)
final class ProxyPagesTest {
  private static final Map<String, String> NONE = Map.of();
  private static final String B = "diffstream";
  private static final byte[] PAGE =
      "<html><body>An error that the proxy has made</body></html>".getBytes(StandardCharsets.UTF_8);

  private HttpServer proxy;
  private ExecutorService threads;
  private volatile int status;

  @BeforeEach
  void start() throws IOException {
    proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    threads = Executors.newCachedThreadPool();
    proxy.setExecutor(threads);
    proxy.createContext("/", this::answer);
    proxy.start();
  }

  @AfterEach
  void stop() {
    proxy.stop(0);
    threads.close();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(status, head ? -1 : PAGE.length);
      if (!head) {
        exchange.getResponseBody().write(PAGE);
      }
    }
  }

  /** Through the client alone, which answers at once: the store sends some requests again. */
  @ParameterizedTest
  @CsvSource({
    "500, OVERLOADED, OVERLOADED",
    "502, OVERLOADED, OUTCOME_UNKNOWN",
    "503, OVERLOADED, OVERLOADED",
    "504, OVERLOADED, OUTCOME_UNKNOWN",
    "408, OVERLOADED, OUTCOME_UNKNOWN",
    "429, OVERLOADED, OVERLOADED",
    "401, DATA_FORBIDDEN, DATA_FORBIDDEN",
    "403, DATA_FORBIDDEN, DATA_FORBIDDEN",
    "400, OVERLOADED, OUTCOME_UNKNOWN",
    "404, OVERLOADED, OUTCOME_UNKNOWN",
    "409, OVERLOADED, OUTCOME_UNKNOWN",
    "412, OVERLOADED, OUTCOME_UNKNOWN",
    "413, DATA_UNREADABLE, DATA_UNREADABLE",
    "418, OVERLOADED, OUTCOME_UNKNOWN"
  })
  void hasTheCodeOfItsStatus(int status, ErrorCode onRead, ErrorCode onWrite) {
    this.status = status;
    MinioClient client = client();
    reads(onRead, () -> client.getObject(GetObjectArgs.builder().bucket(B).object("k").build()));
    reads(onRead, () -> client.statObject(StatObjectArgs.builder().bucket(B).object("k").build()));
    if (status != 404) { // which would say that there is no bucket
      reads(onRead, () -> client.bucketExists(BucketExistsArgs.builder().bucket(B).build()));
    }
    reads(
        onRead,
        () -> {
          for (Result<Item> item :
              client.listObjects(ListObjectsArgs.builder().bucket(B).build())) {
            item.get();
          }
        });
    writes(onWrite, () -> client.putObject(put().data(new byte[1], 1).build()));
    writes(
        onWrite,
        () ->
            client.putObject(
                put().stream(new ByteArrayInputStream(new byte[9 << 20]), -1L, 8L << 20).build()));
    writes(
        onWrite,
        () -> client.removeObject(RemoveObjectArgs.builder().bucket(B).object("k").build()));
  }

  /**
   * While an ingress is loaded anew its own pages come in place of the server's answers. What is
   * refused for good because of one stays refused when the server is back, so each is an answer
   * that was lost.
   */
  @Test
  void isNeitherAMissingObjectNorAForeignCreation() {
    try (S3ObjectStore store = connect()) {
      this.status = 404;
      fails(ErrorCode.OVERLOADED, () -> store.get("k", 100));
      fails(ErrorCode.OVERLOADED, () -> store.stat("k"));
      fails(ErrorCode.OUTCOME_UNKNOWN, () -> store.delete("k"));
      fails(ErrorCode.DATA_UNREADABLE, store::ping); // the client itself says "no bucket"
      this.status = 412;
      fails(ErrorCode.OUTCOME_UNKNOWN, () -> store.putIfAbsent("k", new byte[1], NONE));
      this.status = 416;
      fails(ErrorCode.OVERLOADED, () -> store.getRange("k", 0, 10));
    }
  }

  @Test
  void inPlaceOfAListingMayPass() {
    this.status = 200;
    try (S3ObjectStore store = connect()) {
      fails(ErrorCode.OVERLOADED, () -> store.list("k").toList());
    }
  }

  private URI address() {
    return URI.create("http://127.0.0.1:" + proxy.getAddress().getPort());
  }

  private S3ObjectStore connect() {
    return TestServers.connect(address());
  }

  private MinioClient client() {
    return MinioClient.builder()
        .endpoint(address().toString())
        .region("us-east-1")
        .credentials(TestServers.ACCESS_KEY, TestServers.SECRET_KEY)
        .httpClient(
            new OkHttpClient.Builder()
                .protocols(List.of(Protocol.HTTP_1_1))
                .retryOnConnectionFailure(false)
                .build())
        .build();
  }

  private static PutObjectArgs.Builder put() {
    return PutObjectArgs.builder().bucket(B).object("k");
  }

  private static void reads(ErrorCode code, ThrowingCallable call) {
    assertThat(S3Errors.onRead("reading", Objects.requireNonNull(catchThrowable(call))).code())
        .isEqualTo(code);
  }

  private static void writes(ErrorCode code, ThrowingCallable call) {
    assertThat(S3Errors.onWrite("writing", Objects.requireNonNull(catchThrowable(call))).code())
        .isEqualTo(code);
  }

  private static void fails(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> {
              assertThat(e.code()).as(e.getMessage()).isEqualTo(code);
              assertThat(e.getMessage()).hasSizeLessThan(1000);
            });
  }
}
