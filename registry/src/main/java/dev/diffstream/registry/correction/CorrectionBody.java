package dev.diffstream.registry.correction;

import org.jspecify.annotations.Nullable;

/**
 * The body of a request for a correction.
 *
 * @param textPair the second text, of a task about pairs
 * @param label the right one
 * @param answered the label that was answered; equal to {@code label}, it confirms the answer
 * @param answerId of the answer, as its asker named it
 * @param digest of the diff that answered, as the answer says it
 * @param newLabel whether the label may be one that the champion does not know
 */
public record CorrectionBody(
    String text,
    @Nullable String textPair,
    String label,
    @Nullable String answered,
    @Nullable String answerId,
    @Nullable String digest,
    @Nullable Boolean newLabel) {}
