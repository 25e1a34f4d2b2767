package dev.diffstream.cli.deployment;

import dev.diffstream.schemas.Sha256;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The classes of a service as a JVM keeps them in memory, in a file that the next JVM maps instead
 * of reading, checking and linking them again.
 *
 * <p>A service that has none notes which classes it loads, and while it runs another JVM makes the
 * archive of them; nothing is done when a service stops. The file has its name only once it is
 * whole and on the disk, and the name tells what it was made of: another build, JDK or option is
 * another file. One that does not fit is left aside by the JVM too.
 *
 * <p>It is never a reason to fail: without it the service starts as it would, only later.
 */
final class ClassArchive {
  private static final Logger LOG = LoggerFactory.getLogger(ClassArchive.class);
  private static final String SUFFIX = ".jsa";
  private static final String NOTES = ".classes";
  private static final String UNFINISHED = ".unfinished";
  private static final int KEY_DIGITS = 16;
  private static final long LIMIT_MINUTES = 5;

  /** One is made after the other, so that services which start together keep most processors. */
  private static final Lock MAKING = new ReentrantLock();

  private final Path directory;
  private final String prefix;
  private final Path file;
  private final Path notes;
  private final List<String> dump;

  private ClassArchive(Path directory, String prefix, String key, List<String> jvm, Path jar) {
    this.directory = directory;
    this.prefix = prefix;
    this.file = directory.resolve(prefix + key + SUFFIX);
    this.notes = directory.resolve(prefix + key + NOTES);
    this.dump = new ArrayList<>(List.of("nice", "-n", "19"));
    dump.addAll(jvm);
    dump.add("-Xshare:dump");
    dump.add("-XX:SharedClassListFile=" + unfinished(notes));
    dump.add("-XX:SharedArchiveFile=" + unfinished(file));
    dump.addAll(List.of("-cp", jar.toString()));
  }

  /**
   * @param directory for archives; no other deployment uses it
   * @param service that runs; each has its own
   * @param jvm the program and its options, with which the service is started
   * @param jar whose libraries lie beside it in {@code lib/}
   */
  static ClassArchive of(Path directory, String service, List<String> jvm, Path jar) {
    Stream<String> program =
        Stream.concat(Stream.of(jar), libraries(jar)).map(ClassArchive::identity);
    String made =
        Stream.concat(
                Stream.of(System.getProperty("java.vm.version"), String.join(" ", jvm)), program)
            .collect(Collectors.joining("\n"));
    String digest = Sha256.of(made.getBytes(StandardCharsets.UTF_8));
    return new ClassArchive(
        directory.toAbsolutePath(), service + "-", digest.substring(0, KEY_DIGITS), jvm, jar);
  }

  private static Stream<Path> libraries(Path jar) {
    try (Stream<Path> found = Files.list(jar.resolveSibling("lib"))) {
      return found.sorted().toList().stream();
    } catch (IOException e) {
      return Stream.of();
    }
  }

  /** What a JVM compares of a jar. */
  private static String identity(Path jar) {
    try {
      return jar + " " + Files.size(jar) + " " + Files.getLastModifiedTime(jar).toMillis();
    } catch (IOException e) {
      return jar.toString();
    }
  }

  /** Options for a JVM that is about to start: it uses the archive, or notes what one needs. */
  List<String> options() {
    if (exists()) {
      return List.of("-XX:SharedArchiveFile=" + file, "-Xshare:auto");
    }
    try {
      Files.createDirectories(directory);
      removeOthers();
      return List.of("-XX:DumpLoadedClassList=" + notes);
    } catch (IOException e) {
      LOG.warn("classes of services are not archived in {}: {}", directory, e.toString());
      return List.of();
    }
  }

  boolean exists() {
    return Files.isRegularFile(file);
  }

  /** Forgets the archive, as when a process that used it did not come up. */
  void remove() {
    try {
      if (Files.deleteIfExists(file)) {
        LOG.warn("{} is removed, since a service did not come up with it", file);
      }
    } catch (IOException e) {
      LOG.warn("{} cannot be removed: {}", file, e.toString());
    }
  }

  /** Those of other builds, and what was left behind by a process that was cut off. */
  private void removeOthers() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path each : files.toList()) {
        if (each.getFileName().toString().startsWith(prefix)) {
          Files.deleteIfExists(each);
        }
      }
    }
  }

  /**
   * Makes the archive of what the running service has loaded by now, unless there is one. Takes
   * some seconds of a processor that nobody else wants.
   *
   * @return whether there is one
   */
  boolean make() throws InterruptedException {
    MAKING.lockInterruptibly();
    try {
      return exists() || dumped();
    } catch (IOException e) {
      LOG.warn("no archive of classes was made: {}", e.toString());
      return false;
    } finally {
      MAKING.unlock();
    }
  }

  private boolean dumped() throws IOException, InterruptedException {
    if (!Files.isRegularFile(notes)) {
      return false;
    }
    copyNotes();
    Process process =
        new ProcessBuilder(dump)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
        LOG.warn("no archive of classes was made by {}", String.join(" ", dump));
        return false;
      }
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(unfinished(notes));
    }
    force(unfinished(file));
    Files.move(unfinished(file), file, StandardCopyOption.ATOMIC_MOVE);
    Files.deleteIfExists(notes);
    return true;
  }

  /** Up to the last line that is whole: the service may be writing the next. */
  private void copyNotes() throws IOException {
    String text = Files.readString(notes);
    Files.writeString(unfinished(notes), text.substring(0, text.lastIndexOf('\n') + 1));
  }

  private static Path unfinished(Path path) {
    return path.resolveSibling(path.getFileName() + UNFINISHED);
  }

  private static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }
}
