package dev.diffstream.gateway.face;

import dev.diffstream.gateway.protocol.ConfigBody;
import dev.diffstream.gateway.protocol.StatisticsBodies;
import dev.diffstream.gateway.telemetry.RequestMeters;
import dev.diffstream.gateway.telemetry.TaskStatistics;
import dev.diffstream.gateway.telemetry.TaskStatistics.Statistics;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.service.access.Principal;
import java.util.List;

/** Extensions of the protocol about models: statistics and configuration. */
public final class OipExtensions {
  private final GatewayView gateway;
  private final TaskStatistics statistics;

  public OipExtensions(GatewayView gateway, RequestMeters meters) {
    this.gateway = gateway;
    this.statistics = meters.statistics();
  }

  /**
   * @param task empty for all that are served
   * @param version empty for all that are loaded
   * @throws DiffstreamException as {@link GatewayView#find}
   */
  public StatisticsBodies.Models statistics(Principal asker, String task, String version) {
    if (task.isEmpty()) {
      return StatisticsBodies.of(
          gateway.resident(asker).stream().flatMap(each -> statistics.of(each).stream()).toList());
    }
    long found = gateway.find(asker, task, version).version();
    List<Statistics> versions =
        version.equals(GatewayView.DEFAULT_VERSION)
            ? statistics.of(task)
            : List.of(statistics.of(task, found));
    return StatisticsBodies.of(versions);
  }

  public ConfigBody config(Principal asker, String task, String version) {
    return ConfigBody.of(gateway.metadata(asker, task, version), gateway.limits().maxTexts());
  }

  /** Why tasks are not loaded and unloaded at a caller's wish. */
  public static DiffstreamException loading(String task) {
    return new DiffstreamException(
        ErrorCode.INVALID_REQUEST,
        "task " + task + " is loaded and unloaded by announcements of the registry alone");
  }
}
