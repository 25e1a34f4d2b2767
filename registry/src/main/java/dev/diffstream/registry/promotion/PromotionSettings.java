package dev.diffstream.registry.promotion;

import dev.diffstream.settings.Settings;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * How new versions become champions.
 *
 * @param approval tasks whose versions wait for a person: task ids, beginnings of them with {@code
 *     *} behind, or labels of their events as {@code name:value}
 * @param testWait how long a version waits for the word of a gateway that has tested it; zero: not
 *     at all
 */
public record PromotionSettings(List<String> approval, Duration testWait) {
  public static final PromotionSettings DEFAULT =
      new PromotionSettings(List.of(), Duration.ofSeconds(30));

  public PromotionSettings {
    approval = List.copyOf(approval);
  }

  public static PromotionSettings from(Settings settings) {
    String approval =
        settings.text(
            "diffstream.registry.approval",
            "",
            "tasks whose new versions wait for a person's promote: ids, beginnings with *, or labels"
                + " as name:value, separated by commas");
    return new PromotionSettings(
        Arrays.stream(approval.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList(),
        settings.duration(
            "diffstream.registry.test-wait",
            DEFAULT.testWait(),
            "how long a new version waits for a gateway to test it, where one runs; 0s: not at all"));
  }
}
