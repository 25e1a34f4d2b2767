package dev.diffstream.worker;

import java.util.function.BooleanSupplier;

/** What the health endpoint may see of a worker. */
record WorkerView(
    BooleanSupplier alive, String id, String baseName, String baseDigest, String device) {}
