package dev.diffstream.schemas.diff.format;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * Reading what coverage-guided fuzzing finds. An ordinary test run only reads again what was kept
 * of it; CONTRIBUTING.md says how to search for more.
 */
class DiffReaderFuzzTest {
  private static final String DURATION = "10m";

  /** As they come: where fuzzing meets the container, and the checksums stop it. */
  @FuzzTest(maxDuration = DURATION)
  void files(byte[] file) {
    HostileRead.check(file);
  }

  /** With a header of any length and fitting checksums: the container and the metadata. */
  @FuzzTest(maxDuration = DURATION)
  @DictionaryEntries({
    "1e999",
    "\\ud800",
    "[4,5]",
    "\"shape\":[",
    "\"data_offsets\":[0,",
    "9223372036854775807",
    "\"role\":\"",
    "\"parents\":\"[\\\"",
    "\"precision\":\"int8\"",
    "\"precision\":\"int1\"",
    "\"profile\":\"plain\"",
    "\"task.objective\":\"masked-lm\"",
    ".indices\":{\"dtype\":\"I32\"",
    ".values\":{\"dtype\":\"F32\"",
    "\"shapes\":\"{",
    "diffstream.probes.v1",
  })
  void headers(byte[] input) {
    HostileRead.check(FuzzedFile.withHeader(input));
  }

  /** Directory, positions and values under a header that fits them: the codecs. */
  @FuzzTest(maxDuration = DURATION)
  void parts(byte[] input) {
    HostileRead.check(FuzzedFile.ofParts(input));
  }
}
