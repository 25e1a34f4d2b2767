package dev.diffstream.gateway;

import dev.diffstream.gateway.cache.DiffCache;
import dev.diffstream.gateway.cache.DiskCache;
import dev.diffstream.settings.BadSettingException;
import dev.diffstream.settings.Settings;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.InstantSource;

/**
 * Where diffs are kept, and how they come there.
 *
 * @param cacheDirectory diff files on disk
 * @param cacheBytes that they may take, beside what is resident; 0: no cache
 * @param loaders diffs that are loaded at once
 * @param previousBytes memory that previous versions may take; 0: none are kept
 */
record ResidencySettings(Path cacheDirectory, long cacheBytes, int loaders, long previousBytes) {
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
            "diffstream.gateway.previous-bytes",
            "256MiB",
            "memory for previous versions, to go back to without loading; 0: none are kept"));
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
