/** Events: CloudEvents 1.0 whose data is checked against a JSON Schema on send and on receive. */
@NullMarked
package dev.diffstream.schemas.event;

import org.jspecify.annotations.NullMarked;
