package dev.diffstream.gateway.face;

/**
 * How much one request may ask.
 *
 * @param maxTexts texts, or examples of tensors
 * @param maxBytes of a body or message, before and after decompression
 */
public record RequestLimits(int maxTexts, int maxBytes) {}
