package dev.diffstream.base.input;

/**
 * A token and what it stands for.
 *
 * @param text of the text, as it stands there; of a special token, its name
 * @param special whether it stands for nothing in the text
 * @param start in code points from the beginning of the text; 0 of a special token
 * @param end behind its last code point; 0 of a special token
 */
public record TextToken(int id, String text, boolean special, int start, int end) {}
