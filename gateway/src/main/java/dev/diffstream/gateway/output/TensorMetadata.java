package dev.diffstream.gateway.output;

import java.util.List;

/**
 * What a tensor of a request or an answer looks like.
 *
 * @param shape -1 for a dimension that varies
 */
public record TensorMetadata(String name, String datatype, List<Integer> shape) {}
