package dev.diffstream.base;

/**
 * What is added to one parameter.
 *
 * @param positions flat, row-major, strictly ascending; shared
 * @param values one per position; shared
 */
@SuppressWarnings("ArrayRecordComponent") // read once into the base
public record SparseDelta(String parameter, int[] positions, float[] values) {}
