/**
 * Follows the announcements and makes the announced diffs resident. Knows no tensor engine: a
 * {@link dev.diffstream.gateway.announcement.DiffPreparer} stands for the model.
 */
@NullMarked
package dev.diffstream.gateway.announcement;

import org.jspecify.annotations.NullMarked;
