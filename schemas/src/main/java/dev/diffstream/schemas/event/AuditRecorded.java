package dev.diffstream.schemas.event;

import dev.diffstream.schemas.registry.Move;
import io.soabase.recordbuilder.core.RecordBuilder;
import org.jspecify.annotations.Nullable;

/**
 * What happened, for people who ask later. Nothing is rebuilt from it.
 *
 * @param action such as {@code aliases-moved}, {@code run-cancel}, {@code rule-set} or {@code
 *     version-deleted}
 * @param actor who asked for it; {@code registry} where nobody did
 * @param object key of the object that tells more
 * @param oldVersion that served before; absent where there was none
 * @param newVersion that serves now
 */
@RecordBuilder
public record AuditRecorded(
    String taskId,
    String action,
    String actor,
    @Nullable String object,
    @Nullable Long generation,
    @Nullable Long oldVersion,
    @Nullable Long newVersion,
    @Nullable Move move,
    @Nullable String reason)
    implements TaskRelatedEvent {}
