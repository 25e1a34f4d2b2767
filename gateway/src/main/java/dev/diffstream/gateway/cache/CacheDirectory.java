package dev.diffstream.gateway.cache;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of one directory, each whole or not there. A failure of the disk is counted, warned of once
 * until the disk works again, and otherwise passed over.
 */
final class CacheDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(CacheDirectory.class);
  private static final String TEMPORARY = ".tmp";

  private final Path directory;
  private final LongAdder failures;
  private volatile boolean fails;

  CacheDirectory(Path directory, LongAdder failures) {
    this.directory = directory;
    this.failures = failures;
  }

  /** A file that is there. */
  record Found(String name, long bytes, Instant modified) {}

  /** Makes the directory, removes what a stopped process left half written, and lists the rest. */
  List<Found> open() {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      failed("making", directory.toString(), e);
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.flatMap(this::look).toList();
    } catch (IOException e) {
      failed("listing", directory.toString(), e);
      return List.of();
    }
  }

  private Stream<Found> look(Path file) {
    String name = file.getFileName().toString();
    if (name.endsWith(TEMPORARY)) {
      delete(name);
      return Stream.empty();
    }
    try {
      return Files.isRegularFile(file)
          ? Stream.of(
              new Found(name, Files.size(file), Files.getLastModifiedTime(file).toInstant()))
          : Stream.empty();
    } catch (IOException e) {
      failed("looking at", name, e);
      return Stream.empty();
    }
  }

  /** Empty where there is no such file, it is larger, or it cannot be read. */
  Optional<byte[]> read(String name, long maxBytes) {
    int limit = (int) Math.min(maxBytes, Integer.MAX_VALUE - 16);
    try (InputStream file = Files.newInputStream(directory.resolve(name))) {
      byte[] bytes = file.readNBytes(limit + 1);
      return bytes.length > limit ? Optional.empty() : Optional.of(bytes);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      failed("reading", name, e);
      return Optional.empty();
    }
  }

  /**
   * Writes a temporary file, forces it to the disk and gives it its name. The directory is not
   * forced: a name that is lost with the power is a file that is fetched again.
   */
  boolean write(String name, byte[] bytes) {
    Path temporary = directory.resolve(name + "." + UUID.randomUUID() + TEMPORARY);
    try {
      try (FileChannel file = FileChannel.open(temporary, CREATE_NEW, WRITE)) {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
          file.write(left);
        }
        file.force(true);
      }
      Files.move(temporary, directory.resolve(name), ATOMIC_MOVE, REPLACE_EXISTING);
      fails = false;
      return true;
    } catch (IOException e) {
      failed("writing", name, e);
      delete(temporary.getFileName().toString());
      return false;
    }
  }

  boolean exists(String name) {
    return Files.exists(directory.resolve(name));
  }

  void delete(String name) {
    try {
      Files.deleteIfExists(directory.resolve(name));
    } catch (IOException e) {
      failed("deleting", name, e);
    }
  }

  /** Notes for a later process when the file was last used. */
  void touch(String name, Instant now) {
    try {
      Files.setLastModifiedTime(directory.resolve(name), FileTime.from(now));
    } catch (IOException e) {
      LOG.debug("the time of {} is not noted: {}", name, e.toString());
    }
  }

  private void failed(String what, String name, IOException e) {
    failures.increment();
    if (fails) {
      LOG.debug("cache of diffs: {} {} failed: {}", what, name, e.toString());
      return;
    }
    fails = true;
    LOG.warn(
        "cache of diffs in {}: {} {} failed, diffs are fetched from the store meanwhile: {}",
        directory,
        what,
        name,
        e.toString());
  }
}
