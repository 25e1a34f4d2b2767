package dev.diffstream.service;

import dev.diffstream.schemas.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Identifies a built program: a hash of the classes of some of its modules, as they were loaded. A
 * state that another build wrote is not taken for this one's, whatever version both call
 * themselves. It needs no version control: an uncommitted change and a build from an archive have
 * hashes of their own too.
 */
public final class ProgramVersion {
  private static final int DIGITS = 16;

  private ProgramVersion() {}

  /** Of the modules that hold these classes: {@code build-} and 16 hex digits. */
  public static String of(List<Class<?>> oneOfEachModule) {
    return of(oneOfEachModule.stream().map(ProgramVersion::location).toArray(Path[]::new));
  }

  /** Of jars and directories of classes. */
  static String of(Path... locations) {
    MessageDigest digest = Sha256.digest();
    try {
      for (Path location : locations) {
        add(location, digest);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the program's own classes cannot be read", e);
    }
    return "build-" + HexFormat.of().formatHex(digest.digest()).substring(0, DIGITS);
  }

  private static void add(Path location, MessageDigest digest) throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.walk(location)) {
      files = found.filter(Files::isRegularFile).sorted().toList();
    }
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      String name = location.relativize(file) + " " + bytes.length + "\n";
      digest.update(name.getBytes(StandardCharsets.UTF_8));
      digest.update(bytes);
    }
  }

  private static Path location(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    if (source == null) {
      throw new IllegalStateException("expected a jar or a directory that holds " + type);
    }
    try {
      return Path.of(source.getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(
          "expected a jar or a directory that holds " + type + ", got " + source.getLocation(), e);
    }
  }
}
