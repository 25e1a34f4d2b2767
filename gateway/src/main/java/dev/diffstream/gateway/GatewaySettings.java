package dev.diffstream.gateway;

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
    long maxDiffBytes) {}
