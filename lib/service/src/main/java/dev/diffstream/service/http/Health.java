package dev.diffstream.service.http;

import dev.diffstream.service.Quarantine;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a service does.
 *
 * @param live its threads make progress; if not, a restart may help
 * @param ready it can do its work; if not, wait
 * @param quarantined how much it could not read or settle
 * @param degraded the oldest of these; a service with some is live and ready for the rest
 * @param details further fields of the answer, by name
 */
public record Health(
    boolean live,
    boolean ready,
    int quarantined,
    List<Quarantine.Entry> degraded,
    Map<String, Object> details) {
  private static final int MAX_ENTRIES = 100;

  public Health {
    degraded = List.copyOf(degraded);
    details = new LinkedHashMap<>(details);
  }

  /** A service that quarantines nothing. */
  public static Health of(boolean live, boolean ready, Map<String, Object> details) {
    return new Health(live, ready, 0, List.of(), details);
  }

  public static Health of(
      boolean live, boolean ready, Quarantine quarantine, Map<String, Object> details) {
    return new Health(live, ready, quarantine.size(), quarantine.entries(MAX_ENTRIES), details);
  }

  /** A service whose threads each quarantine what is theirs. */
  public static Health of(
      boolean live, boolean ready, List<Quarantine> quarantines, Map<String, Object> details) {
    return new Health(
        live,
        ready,
        quarantines.stream().mapToInt(Quarantine::size).sum(),
        quarantines.stream()
            .flatMap(quarantine -> quarantine.entries(MAX_ENTRIES).stream())
            .sorted(Comparator.comparing(Quarantine.Entry::since))
            .limit(MAX_ENTRIES)
            .toList(),
        details);
  }

  /** The JSON object for those who may not know which tasks there are. */
  Map<String, Object> summary() {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("live", live);
    body.put("ready", ready);
    return body;
  }

  /** The JSON object of the answer. */
  Map<String, Object> body() {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("live", live);
    body.put("ready", ready);
    body.putAll(details);
    body.put("quarantined", quarantined);
    body.put("degraded", degraded);
    return body;
  }
}
