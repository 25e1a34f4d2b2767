package dev.diffstream.registry.admission;

import dev.diffstream.schemas.registry.Admission;

/**
 * What was decided about the event of a place.
 *
 * @param control number of the newest control object that was known then; 0: none
 * @param admits whether it is to be sent to the workers; else it ends without one
 */
record Decision(String baseDigest, String place, long number, long control, boolean admits) {

  static Decision of(Admission admission) {
    return new Decision(
        admission.baseDigest(),
        admission.event().place(),
        admission.number(),
        admission.control() == null ? 0 : admission.control(),
        admission.admits());
  }
}
