package dev.diffstream.base;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where the files of a base in Hugging Face layout lie: a directory, or a bucket prefix. */
@FunctionalInterface
public interface BaseSource {
  /**
   * The whole file {@code config.json}, {@code model.safetensors} or {@code tokenizer.json}; empty
   * if there is none. At most 2 GiB.
   */
  Optional<ByteBuffer> file(String name) throws IOException;

  static BaseSource directory(Path directory) {
    return name -> {
      Path file = directory.resolve(name);
      if (!Files.isRegularFile(file)) {
        return Optional.empty();
      }
      try (FileChannel channel = FileChannel.open(file)) {
        return Optional.of(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
      }
    };
  }
}
