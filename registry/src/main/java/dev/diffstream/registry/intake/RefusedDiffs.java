package dev.diffstream.registry.intake;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.Encoded;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.json.Json;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Refused diffs that are published once more. What a quota has refused lies in the store and is as
 * good as before: once there is room it needs no learning, only another look.
 */
public final class RefusedDiffs {
  private static final String SOURCE = RunLedger.REGISTRY_SOURCE + "/replay";

  private RefusedDiffs() {}

  /**
   * Whether a refusal may end differently when the diff is published once more.
   *
   * @param code name of its error code
   */
  public static boolean mayBeSentAgain(@Nullable String code) {
    return ErrorCode.QUOTA_EXCEEDED.name().equals(code);
  }

  /**
   * @param source of the event that announces a diff
   */
  static boolean isSentAgain(String source) {
    return source.equals(SOURCE);
  }

  /**
   * The event that announces the diff once more.
   *
   * @param value of the refusal's dead letter
   * @param place of the dead letter, the event's id
   */
  public static Message again(byte[] value, String place, InstantSource clock) {
    DiffPublished published = Json.read(value, DiffPublished.class, place);
    Encoded encoded =
        EventCodec.encode(new EventEnvelope<>(place, SOURCE, clock.instant(), Map.of(), published));
    return new Message(published.taskId(), encoded.headers(), encoded.value());
  }
}
