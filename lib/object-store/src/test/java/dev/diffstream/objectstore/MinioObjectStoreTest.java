package dev.diffstream.objectstore;

import dev.diffstream.embedded.MinioProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(MinioCondition.class)
final class MinioObjectStoreTest extends ObjectStoreContract {
  private MinioProcess server;
  private S3ObjectStore store;

  @BeforeAll
  void start(@TempDir Path directory) {
    server =
        MinioProcess.start(
            MinioProcess.binary().orElseThrow(),
            directory,
            TestServers.ACCESS_KEY,
            TestServers.SECRET_KEY);
    store = TestServers.connect(server.endpoint());
    store.createBucketIfMissing();
    store.createBucketIfMissing();
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
