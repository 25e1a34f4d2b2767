package dev.diffstream.objectstore;

import dev.diffstream.embedded.EmbeddedS3;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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

  @Override
  ObjectStore store() {
    return store;
  }

  @Override
  ObjectStore open() {
    return TestServers.connect(server.endpoint());
  }
}
