package dev.diffstream.schemas.diff.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What must hold of reading any bytes at all: a diff or a refusal, at a bounded price. */
final class HostileRead {
  private static final long FACTOR = 64;
  private static final long ONCE = 64 << 20;

  private static final Set<ErrorCode> REFUSALS =
      Set.of(ErrorCode.MALFORMED_DIFF, ErrorCode.UNSUPPORTED_VERSION);

  private HostileRead() {}

  /** The code of the refusal, or null if the bytes are a diff; anything else is thrown on. */
  static @Nullable ErrorCode check(byte[] file) {
    return check(file, ONCE);
  }

  /**
   * @param once bytes that any file may make a reader allocate, however small it is
   */
  static @Nullable ErrorCode check(byte[] file, long once) {
    long most = FACTOR * file.length + once;
    if (price(file) > most) {
      // Classes that were loaded for it count for no file.
      long again = price(file);
      if (again > most) {
        throw new AssertionError(again + " bytes allocated for a file of " + file.length);
      }
    }
    Diff diff;
    try {
      diff = DiffReader.read(file);
    } catch (DiffstreamException e) {
      if (!REFUSALS.contains(e.code())) {
        throw e;
      }
      return e.code();
    }
    for (Profile profile : Profile.values()) {
      assertWritable(diff, profile);
    }
    return null;
  }

  /** Bytes that are allocated to read or to refuse it. */
  static long price(byte[] file) {
    long before = allocated();
    try {
      DiffReader.read(file);
    } catch (DiffstreamException e) {
      return allocated() - before;
    }
    return allocated() - before;
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  /**
   * Values with a scale or a codebook of their own may be other than our fit, so that they are
   * rounded first, as by all who change a diff.
   */
  private static void assertWritable(Diff read, Profile profile) {
    ValuePrecision precision = read.metadata().precision();
    Diff diff = precision.fitted() ? read.rounded(precision) : read;
    byte[] written = DiffWriter.write(diff, profile);
    Diff again = DiffReader.read(written);
    assertThat(again).usingRecursiveComparison().isEqualTo(diff);
    assertThat(Arrays.equals(DiffWriter.write(again, profile), written)).isTrue();
  }
}
