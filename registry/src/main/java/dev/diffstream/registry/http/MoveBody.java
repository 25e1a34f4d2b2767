package dev.diffstream.registry.http;

import org.jspecify.annotations.Nullable;

/**
 * The body of a request for a move.
 *
 * @param kind {@code promote}, {@code canary}, {@code roll-back} or {@code withdraw}
 * @param version to promote or to try as canary, or the one to withdraw; a withdrawal without it
 *     takes the whole task out of service
 * @param weight of a canary: the share of requests that it answers, above 0 and at most 1
 * @param generation of the task's aliases as the caller saw them
 * @param reason for people who ask later
 */
public record MoveBody(
    String kind,
    @Nullable Long version,
    @Nullable Double weight,
    Long generation,
    @Nullable String reason) {}
