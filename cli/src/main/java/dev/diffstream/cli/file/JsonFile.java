package dev.diffstream.cli.file;

import dev.diffstream.schemas.json.Json;
import java.nio.file.Path;

/** Writes the one JSON object of {@code --json FILE}. */
public final class JsonFile {
  private JsonFile() {}

  public static void write(Path file, Object value) {
    OutputFile.write(file, Json.writeText(value) + "\n");
  }
}
