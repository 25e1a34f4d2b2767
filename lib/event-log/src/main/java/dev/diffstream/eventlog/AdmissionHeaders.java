package dev.diffstream.eventlog;

import dev.diffstream.eventlog.EventLog.Received;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The headers that a task event has on the work topic of its base, beside its own, and {@link
 * DeadLetterHeaders#ORIGIN}.
 */
public final class AdmissionHeaders {
  /** Number of the admission. */
  public static final String ADMISSION = "diffstream_admission";

  /** Number of the newest control object of the run that the registry knew when it admitted it. */
  public static final String CONTROL = "diffstream_control";

  /** Those that an event has gained on its way, and lacks when it is sent anew. */
  public static final Set<String> GAINED =
      Set.of(
          DeadLetterHeaders.ORIGIN,
          DeadLetterHeaders.ERROR_CODE,
          DeadLetterHeaders.ERROR_MESSAGE,
          DeadLetterHeaders.RUN_ID,
          ADMISSION,
          CONTROL);

  private static final Pattern PLACE = Pattern.compile("[A-Za-z0-9._-]{1,249}/\\d{1,9}/\\d{1,18}");
  private static final Pattern NUMBER = Pattern.compile("[1-9]\\d{0,17}");

  private AdmissionHeaders() {}

  /** Where the event was sent first: {@code topic/partition/offset}. */
  public static String placeOf(Received received) {
    String origin = received.headers().get(DeadLetterHeaders.ORIGIN);
    return origin != null && PLACE.matcher(origin).matches() ? origin : received.place();
  }

  /** The number in a header; empty where it lacks or is no number. */
  public static OptionalLong number(Received received, String header) {
    String text = received.headers().get(header);
    return text != null && NUMBER.matcher(text).matches()
        ? OptionalLong.of(Long.parseLong(text))
        : OptionalLong.empty();
  }
}
