package dev.diffstream.objectstore;

import io.minio.Http;
import io.minio.MinioClient;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;

/**
 * The two clients of one store over one pool of connections: {@code calls} for requests of known
 * length, which end after a while whatever happens, and {@code streams} for those that last as long
 * as their reader or writer.
 *
 * <p>The dispatcher is not the client's default of 5 requests per host: there, five multipart
 * uploads that fail at once never end.
 */
record S3Clients(MinioClient calls, MinioClient streams, OkHttpClient http) {
  private static final int REQUESTS_PER_HOST = 256;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  static S3Clients connect(S3Settings settings) {
    ExecutorService threads =
        Executors.newThreadPerTaskExecutor(
            Thread.ofPlatform().name("s3-", 0).daemon(true).factory());
    Dispatcher dispatcher = new Dispatcher(threads);
    dispatcher.setMaxRequests(REQUESTS_PER_HOST);
    dispatcher.setMaxRequestsPerHost(REQUESTS_PER_HOST);
    Duration timeout = settings.timeout();
    OkHttpClient http =
        Http.newDefaultClient()
            .newBuilder()
            .dispatcher(dispatcher)
            .connectTimeout(timeout.compareTo(CONNECT_TIMEOUT) < 0 ? timeout : CONNECT_TIMEOUT)
            .readTimeout(timeout)
            .writeTimeout(timeout)
            .build();
    OkHttpClient bounded = http.newBuilder().callTimeout(timeout.multipliedBy(4)).build();
    return new S3Clients(client(settings, bounded), client(settings, http), http);
  }

  private static MinioClient client(S3Settings settings, OkHttpClient http) {
    return MinioClient.builder()
        .endpoint(settings.endpoint().toString())
        .region(settings.region())
        .credentials(settings.accessKey(), settings.secretKey())
        .httpClient(http)
        .build();
  }

  void close() {
    http.dispatcher().cancelAll();
    http.dispatcher().executorService().shutdown();
    http.connectionPool().evictAll();
  }
}
