package dev.diffstream.registry.telemetry;

import dev.diffstream.schemas.ErrorCode;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What the registry has done since it started; counted by the registrar, read by any thread. */
public final class RegistryCounters {
  private final LongAdder versioned = new LongAdder();
  private final LongAdder duplicates = new LongAdder();
  private final LongAdder withoutClaim = new LongAdder();
  private final LongAdder malformed = new LongAdder();
  private final LongAdder workersLost = new LongAdder();
  private final LongAdder retries = new LongAdder();
  private final Map<ErrorCode, LongAdder> refused = new EnumMap<>(ErrorCode.class);

  public RegistryCounters() {
    for (ErrorCode code : ErrorCode.values()) {
      refused.put(code, new LongAdder());
    }
  }

  /** Versions that this process created. */
  public LongAdder versioned() {
    return versioned;
  }

  /** Events whose diff was a version already. */
  public LongAdder duplicates() {
    return duplicates;
  }

  /** Diffs that ask for no version: provisional ones, and those of an unknown stage. */
  public LongAdder withoutClaim() {
    return withoutClaim;
  }

  /** Records that could not be read and were skipped. */
  public LongAdder malformed() {
    return malformed;
  }

  /** Task events that the broker gave up on. */
  public LongAdder workersLost() {
    return workersLost;
  }

  /** Steps that failed for a passing reason and were tried again. */
  public LongAdder retries() {
    return retries;
  }

  /** Diffs refused, by code. */
  public Map<ErrorCode, LongAdder> refused() {
    return refused;
  }
}
