package dev.diffstream.schemas.event;

import com.fasterxml.jackson.databind.JsonNode;
import io.soabase.recordbuilder.core.RecordBuilder;
import org.jspecify.annotations.Nullable;

/**
 * A text that a task is to read. The answer is one {@link PredictionAnswered}; after a fault there
 * may be more, with the same id.
 *
 * @param textPair second text, for tasks that compare two
 * @param topK the most labels or tokens that are listed
 * @param thresholds a number from 0 to 1, or an object with such a number for labels
 * @param onLongText {@code cut} (default) or {@code refuse}
 * @param timeoutMillis from when a gateway reads the request; default 30,000
 * @param routingKey decides between a champion and its canary
 */
@RecordBuilder
public record PredictionRequested(
    String taskId,
    String text,
    @Nullable String textPair,
    @Nullable Integer topK,
    @Nullable JsonNode thresholds,
    @Nullable String onLongText,
    @Nullable Long timeoutMillis,
    @Nullable String routingKey)
    implements TaskRelatedEvent {}
