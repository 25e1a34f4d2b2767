package dev.diffstream.registry.admission;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The places, {@code topic/partition/offset}, up to which a topic was read. A follower gives the
 * records of a partition in their order, so the highest of each partition tells of all. Belongs to
 * the registrar's thread.
 */
final class SeenPlaces {
  private static final Pattern PLACE = Pattern.compile("(.*)/(\\d{1,18})");

  private final Map<String, Long> highest = new HashMap<>();

  /** False if the record at this place has come before. */
  boolean add(String place) {
    Matcher parts = PLACE.matcher(place);
    if (!parts.matches() || contains(place)) {
      return false;
    }
    highest.put(parts.group(1), Long.parseLong(parts.group(2)));
    return true;
  }

  /** False too for a text that is no place. */
  boolean contains(String place) {
    Matcher parts = PLACE.matcher(place);
    return parts.matches()
        && highest.getOrDefault(parts.group(1), -1L) >= Long.parseLong(parts.group(2));
  }
}
