package dev.diffstream.cli.display;

import dev.diffstream.schemas.event.GatewayFarewell;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.VersionAnnounced;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/** Events in words for people. */
public final class EventText {
  private EventText() {}

  /** Such as {@code generation 3: champion is version 2, previous is version 1}. */
  public static String of(VersionAnnounced announced) {
    List<String> aliases =
        new TreeMap<>(announced.aliases())
            .entrySet().stream()
                .map(
                    alias ->
                        ForeignText.line(alias.getKey())
                            + " is version "
                            + alias.getValue().version())
                .toList();
    String names =
        aliases.isEmpty()
            ? announced.provisional() == null
                ? "nothing serves the task"
                : "a provisional head serves the task, no version yet"
            : String.join(", ", aliases);
    return "generation " + announced.generation() + ": " + names;
  }

  /** Such as {@code gateway g serves version 2}. */
  public static String of(GatewayResidency residency) {
    String gateway = "gateway " + ForeignText.line(residency.gatewayId());
    GatewayResidency.Candidate candidate = residency.candidate();
    if (candidate != null) {
      return gateway
          + (candidate.errorCode() == null ? " has tested version " : " refused version ")
          + candidate.version()
          + (candidate.errorCode() == null ? "" : ": " + candidate.errorCode())
          + (candidate.message() == null ? "" : ": " + ForeignText.line(candidate.message()));
    }
    return switch (residency.state()) {
      case LOADED ->
          gateway
              + (residency.version() == 0
                  ? " answers by a provisional, a head alone"
                  : " serves version " + residency.version())
              + found(residency);
      case WITHDRAWN -> gateway + " serves the task no longer";
      case FAILED ->
          gateway
              + " refused version "
              + residency.version()
              + (residency.errorCode() == null ? "" : ": " + residency.errorCode())
              + (residency.message() == null ? "" : ": " + ForeignText.line(residency.message()));
      case UNKNOWN -> gateway + ": version " + residency.version() + ", in an unknown state";
    };
  }

  private static String found(GatewayResidency residency) {
    GatewayResidency.Certificate certificate = residency.certificate();
    GatewayResidency.Confidence confidence = residency.confidence();
    return (certificate == null ? "" : "; " + of(certificate))
        + (confidence == null
            ? ""
            : String.format(
                Locale.ROOT,
                "; mean confidence %.3f at first, %.3f now",
                confidence.reference().mean(),
                confidence.latest().mean()));
  }

  /** Such as {@code probes of 32 of 32 other tasks unchanged}. */
  public static String of(GatewayResidency.Certificate certificate) {
    String changed =
        certificate.different().isEmpty()
            ? ""
            : ", changed: " + ForeignText.line(String.join(", ", certificate.different()));
    return "probes of %d of %d other tasks unchanged%s"
        .formatted(certificate.equal(), certificate.tasks(), changed);
  }

  public static String of(GatewayFarewell farewell) {
    return "gateway "
        + ForeignText.line(farewell.gatewayId())
        + " stopped"
        + (farewell.reason() == null ? "" : ": " + ForeignText.line(farewell.reason()));
  }
}
