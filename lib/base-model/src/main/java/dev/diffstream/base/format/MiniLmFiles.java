package dev.diffstream.base.format;

import java.io.InputStream;
import java.util.Optional;

/**
 * The files of all-MiniLM-L6-v2 on the class path, under the names that they have elsewhere: {@code
 * config.json}, {@code tokenizer.json}, and the weights as {@code model.onnx}.
 */
public record MiniLmFiles() implements BaseSource {
  private static final String NAME = "all-minilm-l6-v2";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Optional<InputStream> open(String file) {
    String resource = file.equals("model.onnx") ? NAME + ".onnx" : NAME + "-" + file;
    return Optional.ofNullable(MiniLmFiles.class.getResourceAsStream("/" + resource));
  }
}
