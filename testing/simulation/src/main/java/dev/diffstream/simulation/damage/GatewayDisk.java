package dev.diffstream.simulation.damage;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.diffstream.gateway.cache.DiffCache;
import dev.diffstream.gateway.cache.DiskCache;
import dev.diffstream.simulation.schedule.Scheduler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** A gateway's disk: it outlives the process, and may be damaged while no process looks. */
public final class GatewayDisk {
  /** About three diffs. */
  private static final long CACHE_BYTES = 6_000;

  private static final int ONE_START_IN_IS_DAMAGED = 3;

  private final Scheduler scheduler;
  private final FileSystem files = Jimfs.newFileSystem(Configuration.unix());

  public GatewayDisk(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** The cache of the next process. */
  public DiffCache open(InstantSource clock) {
    Path directory = files.getPath("/cache");
    if (scheduler.faultsAreOn() && scheduler.random().nextInt(ONE_START_IN_IS_DAMAGED) == 0) {
      damageOne(directory);
    }
    return DiskCache.open(directory, CACHE_BYTES, clock);
  }

  private void damageOne(Path directory) {
    try (Stream<Path> found = Files.exists(directory) ? Files.list(directory) : Stream.empty()) {
      List<Path> all = found.sorted().toList();
      if (!all.isEmpty()) {
        Path file = all.get(scheduler.random().nextInt(all.size()));
        scheduler.note("damaged: " + file.getFileName());
        Files.write(file, damaged(Files.readAllBytes(file), scheduler.random()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One bit is another, or the end is gone. */
  private static byte[] damaged(byte[] bytes, Random random) {
    if (bytes.length == 0 || random.nextBoolean()) {
      return Arrays.copyOf(bytes, bytes.length / 2);
    }
    byte[] flipped = bytes.clone();
    flipped[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    return flipped;
  }
}
