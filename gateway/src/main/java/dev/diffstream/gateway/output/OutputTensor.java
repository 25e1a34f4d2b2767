package dev.diffstream.gateway.output;

import java.util.List;

/**
 * An output of an answer.
 *
 * @param datatype BYTES or FP32
 * @param data texts or floats, row by row
 */
public record OutputTensor(String name, String datatype, List<Integer> shape, List<?> data) {}
