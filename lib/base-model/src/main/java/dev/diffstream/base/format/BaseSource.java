package dev.diffstream.base.format;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Where a base's files lie: a directory, a prefix of a bucket. */
public interface BaseSource {
  /** A name for people, used in messages. */
  String name();

  /**
   * Opens a file by its name, such as {@code config.json}; the caller closes the stream.
   *
   * @return empty if there is no such file
   */
  Optional<InputStream> open(String file) throws IOException;

  /**
   * {@code config.json} and {@code tokenizer.json} of the base that comes with the product, for
   * those who write it elsewhere. Its weights are in ONNX form, so that no base loads from here.
   */
  static BaseSource miniLm() {
    return new MiniLmFiles();
  }

  /** The files of a directory, named after it. */
  static BaseSource directory(Path directory) {
    return new BaseSource() {
      @Override
      public String name() {
        Path last = directory.toAbsolutePath().normalize().getFileName();
        return last == null ? directory.toString() : last.toString();
      }

      @Override
      public Optional<InputStream> open(String file) throws IOException {
        try {
          return Optional.of(Files.newInputStream(directory.resolve(file)));
        } catch (NoSuchFileException e) {
          return Optional.empty();
        }
      }
    };
  }
}
