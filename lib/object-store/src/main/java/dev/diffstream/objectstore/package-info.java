/**
 * Get, put if absent, list, delete and stream objects: an S3 bucket through the MinIO client, and a
 * memory twin.
 */
@NullMarked
package dev.diffstream.objectstore;

import org.jspecify.annotations.NullMarked;
