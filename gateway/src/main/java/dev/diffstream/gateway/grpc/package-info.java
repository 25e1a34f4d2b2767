/**
 * The gRPC face: {@code inference.GRPCInferenceService} of the Open Inference Protocol v2, the
 * standard health service, and reflection. What it asks and answers stands in {@code face} and
 * {@code protocol}; here it is only read from messages and written to them.
 */
@NullMarked
package dev.diffstream.gateway.grpc;

import org.jspecify.annotations.NullMarked;
