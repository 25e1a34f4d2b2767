package dev.diffstream.gateway.http;

/**
 * How much one request may ask.
 *
 * @param maxTexts texts, or examples of tensors
 * @param maxBytes of the body, before and after decompression
 */
public record RequestLimits(int maxTexts, int maxBytes) {}
