/** What people say of a task's answers, and when the task is learned again for it. */
@NullMarked
package dev.diffstream.schemas.correction;

import org.jspecify.annotations.NullMarked;
