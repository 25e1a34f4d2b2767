package dev.diffstream.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.embedded.EmbeddedS3;
import io.minio.Http;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedS3ObjectStoreTest extends ObjectStoreContract {
  private EmbeddedS3 server;
  private S3ObjectStore store;

  @BeforeAll
  void start(@TempDir Path directory) {
    server = EmbeddedS3.start(TestServers.options(directory));
    store = TestServers.connect(server.endpoint());
  }

  @AfterAll
  void stop() {
    store.close();
    server.close();
  }

  /** A client that unpacks by itself would give other bytes than those that were hashed. */
  @Test
  void anObjectWithAContentEncodingComesAsItIsStored() throws Exception {
    byte[] gzip = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    MinioClient client =
        MinioClient.builder()
            .endpoint(server.endpoint().toString())
            .region("us-east-1")
            .credentials(TestServers.ACCESS_KEY, TestServers.SECRET_KEY)
            .build();
    client.putObject(
        PutObjectArgs.builder()
            .bucket(TestServers.BUCKET)
            .object("encoded.csv.gz")
            .headers(new Http.Headers("Content-Encoding", "gzip"))
            .data(gzip, gzip.length)
            .build());
    assertThat(store.get("encoded.csv.gz", 100)).hasValue(gzip);
    assertThat(store.getRange("encoded.csv.gz", 0, 2)).hasValue(Arrays.copyOf(gzip, 2));
    assertThat(store.stat("encoded.csv.gz").orElseThrow().size()).isEqualTo(gzip.length);
    try (InputStream content = store.open("encoded.csv.gz").orElseThrow()) {
      assertThat(content.readAllBytes()).isEqualTo(gzip);
    }
  }

  @Override
  ObjectStore store() {
    return store;
  }

  @Override
  ObjectStore open() {
    return TestServers.connect(server.endpoint());
  }
}
