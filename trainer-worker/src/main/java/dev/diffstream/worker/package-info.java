/** The trainer worker: task event, data checked, diff learned, evaluated, published. */
@NullMarked
package dev.diffstream.worker;

import org.jspecify.annotations.NullMarked;
