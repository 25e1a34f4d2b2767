package dev.diffstream.gateway;

import dev.diffstream.gateway.cache.DiffCache;
import dev.diffstream.gateway.cache.DiskCache;
import dev.diffstream.gateway.memory.DiffMemory;
import dev.diffstream.settings.BadSettingException;
import dev.diffstream.settings.Settings;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where diffs are kept, and how they come there.
 *
 * @param cacheDirectory diff files on disk
 * @param cacheBytes that they may take, beside what is resident; 0: no cache
 * @param loaders diffs that are loaded at once
 * @param residentBytes memory of prepared diffs, beyond which those not asked for longest are let
 *     go
 * @param pinned tasks whose diffs never are
 * @param previousBytes memory that previous versions may take; 0: none are kept
 */
record ResidencySettings(
    Path cacheDirectory,
    long cacheBytes,
    int loaders,
    long residentBytes,
    Set<String> pinned,
    long previousBytes) {
  private static final String CACHE_DIRECTORY = "diffstream.gateway.cache-dir";

  /**
   * @param id of the gateway; others have directories of their own
   */
  static ResidencySettings from(Settings settings, String id) {
    String dataDirectory =
        settings.text("diffstream.data-dir", ".diffstream", "data directory of the deployment");
    String directory =
        settings.text(
            CACHE_DIRECTORY,
            dataDirectory + "/cache/" + id.replaceAll("[^A-Za-z0-9._-]", "_"),
            "directory of this gateway alone, in which it keeps diff files between starts");
    return new ResidencySettings(
        path(directory),
        settings.bytes(
            "diffstream.gateway.cache-bytes",
            "4GiB",
            "what these files may take; what is resident is kept in any case; 0: none are kept"),
        settings.integer(
            "diffstream.gateway.loaders", 8, 1, 256, "diffs that are loaded at the same time"),
        settings.bytes(
            "diffstream.gateway.resident-bytes",
            "2GiB",
            "memory for prepared diffs; beyond it those not asked for longest are let go, and read again when they are asked"),
        pinned(
            settings.text(
                "diffstream.gateway.pinned",
                "",
                "tasks, separated by commas, whose diffs are never let go")),
        settings.bytes(
            "diffstream.gateway.previous-bytes",
            "256MiB",
            "memory for previous versions, to go back to without loading; 0: none are kept"));
  }

  private static Set<String> pinned(String tasks) {
    return list(tasks).collect(Collectors.toUnmodifiableSet());
  }

  /** What stands between commas. */
  static Stream<String> list(String text) {
    return Stream.of(text.split(",", -1)).map(String::strip).filter(part -> !part.isEmpty());
  }

  /** For the diffs of this process. */
  DiffMemory memory() {
    return new DiffMemory(residentBytes, pinned);
  }

  private static Path path(String directory) {
    try {
      return Path.of(directory);
    } catch (InvalidPathException e) {
      throw new BadSettingException(
          CACHE_DIRECTORY, CACHE_DIRECTORY + ": expected a directory, got: " + directory);
    }
  }

  DiffCache openCache(InstantSource clock) {
    return cacheBytes == 0 ? DiffCache.NONE : DiskCache.open(cacheDirectory, cacheBytes, clock);
  }
}
