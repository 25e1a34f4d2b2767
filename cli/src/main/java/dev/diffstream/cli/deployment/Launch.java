package dev.diffstream.cli.deployment;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How a process is started.
 *
 * @param jvm the program, and its first arguments
 * @param rest the arguments behind those that {@code archive} adds
 * @param archive null where none is wanted
 */
record Launch(List<String> jvm, List<String> rest, @Nullable ClassArchive archive) {
  Launch {
    jvm = List.copyOf(jvm);
    rest = List.copyOf(rest);
  }

  static Launch of(List<String> command) {
    return new Launch(command, List.of(), null);
  }

  /**
   * @param archives directory for the archives of a deployment; null: none are made
   */
  static Launch ofJar(String service, Path jar, List<String> jvmOptions, @Nullable Path archives) {
    List<String> jvm =
        Stream.concat(
                Stream.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()),
                jvmOptions.stream())
            .toList();
    return new Launch(
        jvm,
        List.of("-jar", jar.toString()),
        archives == null ? null : ClassArchive.of(archives, service, jvm, jar));
  }

  /** The command of a start that happens now. */
  List<String> command() {
    Stream<String> added = archive == null ? Stream.of() : archive.options().stream();
    return Stream.of(jvm.stream(), added, rest.stream()).flatMap(part -> part).toList();
  }

  /** Archives what the process has loaded by now; an interrupt ends it. */
  void makeArchive() {
    try {
      if (archive != null) {
        archive.make();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The next start makes do without what this one used. */
  void distrustArchive() {
    if (archive != null) {
      archive.remove();
    }
  }
}
