package dev.diffstream.gateway.certificate;

import java.util.concurrent.atomic.LongAdder;

/**
 * What certificates have found since the process began. Thread-safe.
 *
 * @param certificates that were issued
 * @param tasks whose probes were compared in them
 * @param different of these, tasks that gave other bits than before
 */
public record CertificateCounts(LongAdder certificates, LongAdder tasks, LongAdder different) {
  public CertificateCounts() {
    this(new LongAdder(), new LongAdder(), new LongAdder());
  }

  void add(Comparison.Found found) {
    certificates.increment();
    tasks.add(found.tasks());
    different.add(found.different().size());
  }
}
