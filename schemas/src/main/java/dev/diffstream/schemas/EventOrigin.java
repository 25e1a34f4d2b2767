package dev.diffstream.schemas;

import org.jspecify.annotations.Nullable;

/**
 * Which task event something goes back to.
 *
 * @param source CloudEvents source of the event, where it could be read
 * @param id CloudEvents id of the event, where it could be read
 * @param place where the record stands: {@code topic/partition/offset}
 */
public record EventOrigin(@Nullable String source, @Nullable String id, String place) {}
