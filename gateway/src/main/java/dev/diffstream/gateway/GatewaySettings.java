package dev.diffstream.gateway;

import dev.diffstream.settings.Settings;

/**
 * The gateway's own settings.
 *
 * @param id names this gateway in its residency events
 * @param port 0: any free one
 * @param base {@code minilm}, or the directory of a base
 * @param maxTexts in one request
 * @param maxRequestBytes of a request's body, before and after decompression
 * @param queueBound requests that may wait; one more is answered OVERLOADED
 * @param maxDiffBytes larger diff files are not loaded
 */
record GatewaySettings(
    String id,
    String host,
    int port,
    String base,
    int maxTexts,
    int maxRequestBytes,
    int queueBound,
    long maxDiffBytes) {
  private static final long MAX_BODY = 1 << 30;

  static GatewaySettings from(Settings settings) {
    return new GatewaySettings(
        settings.text("diffstream.gateway.id", "gateway-1", "names this gateway in its events"),
        settings.text("diffstream.gateway.host", "127.0.0.1", "address to listen on"),
        settings.integer("diffstream.gateway.port", 8080, 0, 65_535, "0 takes any free port"),
        settings.text(
            "diffstream.base",
            "minilm",
            "minilm, or a directory with config.json, model.safetensors and tokenizer.json"),
        settings.integer(
            "diffstream.gateway.max-texts", 256, 1, 65_536, "most texts in one request"),
        (int)
            Math.min(
                MAX_BODY,
                settings.bytes(
                    "diffstream.gateway.max-request-bytes", "4MiB", "larger bodies are refused")),
        settings.integer("diffstream.gateway.queue", 1_024, 1, 1 << 20, "most requests that wait"),
        settings.bytes(
            "diffstream.gateway.max-diff-bytes", "256MiB", "larger diffs are not loaded"));
  }
}
