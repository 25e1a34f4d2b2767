package dev.diffstream.cli.bench.serve;

/**
 * Memory of the gateway's process with all tasks.
 *
 * @param peakBytes the most that was resident, pages of mapped files included
 * @param addedBytes of them, over those before the first task
 * @param anonymousBytes see {@link ProcessMemory}
 * @param anonymousPeakBytes the most of them since before the first task
 */
record GatewayMemory(
    long peakBytes, long addedBytes, long anonymousBytes, long anonymousPeakBytes) {
  static final GatewayMemory UNKNOWN = new GatewayMemory(0, 0, 0, 0);
}
