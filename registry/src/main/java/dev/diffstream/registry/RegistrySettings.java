package dev.diffstream.registry;

import dev.diffstream.registry.admission.AdmissionSettings;
import dev.diffstream.registry.console.ConsoleMode;
import dev.diffstream.registry.openlineage.OpenLineageSettings;
import dev.diffstream.registry.outbound.HttpAddress;
import dev.diffstream.registry.promotion.PromotionSettings;
import dev.diffstream.registry.quota.QuotaSettings;
import dev.diffstream.registry.webhook.WebhookSettings;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.settings.Settings;
import dev.diffstream.settings.SignatureSettings;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The registry's own settings.
 *
 * @param id names this registry in the source of its events
 * @param port 0: any free one
 * @param maxDiffBytes larger diff files are refused
 * @param maxDensity no diff may change a larger share of its base
 * @param removeAfter from the deletion of a version to the removal of its diff's bytes
 * @param trustedKeys one of them must have signed a diff, if there are any
 * @param webhooks who is told of events
 * @param openLineage who is told of runs in OpenLineage's form
 * @param console what people may do from its pages
 * @param promotion how new versions become champions
 * @param admission how task events are let through to the workers
 * @param quotas what one owner may use
 */
@RecordBuilder
public record RegistrySettings(
    String id,
    String host,
    int port,
    long maxDiffBytes,
    double maxDensity,
    Duration removeAfter,
    TrustedKeys trustedKeys,
    AdmissionSettings admission,
    QuotaSettings quotas,
    PromotionSettings promotion,
    ConsoleMode console,
    WebhookSettings webhooks,
    OpenLineageSettings openLineage) {

  static RegistrySettings from(Settings settings) {
    return new RegistrySettings(
        settings.text("diffstream.registry.id", "registry", "names this registry in its events"),
        settings.text("diffstream.registry.host", "127.0.0.1", "address of the HTTP interface"),
        settings.integer(
            "diffstream.registry.port",
            8081,
            0,
            65535,
            "port of the HTTP interface; 0 takes any free one"),
        settings.bytes(
            "diffstream.registry.max-diff-bytes", "256MiB", "larger diff files are refused"),
        settings.integer(
                "diffstream.registry.max-density-percent",
                10,
                1,
                100,
                "no diff may change a larger share of its base, in percent")
            / 100.0,
        settings.duration(
            "diffstream.registry.remove-after",
            Duration.ofHours(24),
            "from the deletion of a version to the removal of its diff's bytes"),
        SignatureSettings.trustedKeys(settings),
        AdmissionSettings.from(settings),
        QuotaSettings.from(settings),
        PromotionSettings.from(settings),
        new ConsoleMode(
            settings.flag(
                "diffstream.registry.console-read-only",
                false,
                "whether nothing can be changed from the pages at /console"),
            gateway(settings),
            gatewayKey(settings)),
        WebhookSettings.from(settings),
        OpenLineageSettings.from(settings));
  }

  private static @Nullable String gatewayKey(Settings settings) {
    String key =
        settings.secret(
            "diffstream.registry.gateway-api-key",
            "",
            "API key with the role predict that the console shows to that gateway");
    return key.isEmpty() ? null : key;
  }

  private static @Nullable URI gateway(Settings settings) {
    String key = "diffstream.registry.gateway-url";
    String address =
        settings.optionalText(key, "the gateway that the console asks when people try tasks");
    return address == null ? null : HttpAddress.parse(key, address);
  }
}
