/** Controllers and error handlers that services share. A bean that lacks its source is absent. */
@NullMarked
package dev.diffstream.service.http;

import org.jspecify.annotations.NullMarked;
