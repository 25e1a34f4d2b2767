/** What services do alike: threads, quarantine, health, HTTP errors. Depends on no service. */
@NullMarked
package dev.diffstream.service;

import org.jspecify.annotations.NullMarked;
