package dev.diffstream.schemas.access;

import java.time.Instant;

/**
 * Who sent a task's first event through a registry: {@code owners/<task id>.json}, put if absent.
 *
 * @param owner the tenant of the key
 */
public record TaskClaim(String taskId, String owner, Instant created) {}
