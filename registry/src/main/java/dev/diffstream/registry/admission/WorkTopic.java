package dev.diffstream.registry.admission;

import dev.diffstream.eventlog.AdmissionHeaders;
import dev.diffstream.eventlog.DeadLetterHeaders;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.Header;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.registry.Admission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The work topic of one base: what was sent to its workers. */
final class WorkTopic implements AutoCloseable {
  private final EventLog log;
  private final String name;
  private final Follower follower;

  private WorkTopic(EventLog log, String name, Follower follower) {
    this.log = log;
    this.name = name;
    this.follower = follower;
  }

  /**
   * An event that stands in the topic.
   *
   * @param place where it was sent first
   * @param number of its admission
   * @param control number of the newest control object that the admission knew; 0: none
   */
  record Sent(String place, long number, long control) {}

  /** Makes the topic if it lacks. */
  static WorkTopic open(EventLog log, String baseDigest) {
    Topics.Topic topic = Topics.workTopic(baseDigest);
    log.ensureTopic(topic);
    try {
      return new WorkTopic(log, topic.name(), log.follow(topic.name()));
    } catch (DiffstreamException e) {
      if (e.code() != ErrorCode.INVALID_EVENT) {
        throw e;
      }
      throw new DiffstreamException( // a broker may not know it for a moment
          ErrorCode.OVERLOADED, "topic " + topic.name() + " is not known yet", e);
    }
  }

  String name() {
    return name;
  }

  /** What was sent since the last poll, by any registry. */
  List<Sent> poll(Duration wait) {
    List<Sent> sent = new ArrayList<>();
    for (Received received : follower.poll(wait)) {
      AdmissionHeaders.number(received, AdmissionHeaders.ADMISSION)
          .ifPresent(
              number ->
                  sent.add(
                      new Sent(
                          AdmissionHeaders.placeOf(received),
                          number,
                          AdmissionHeaders.number(received, AdmissionHeaders.CONTROL).orElse(0))));
    }
    return sent;
  }

  boolean caughtUp() {
    return follower.caughtUp();
  }

  void send(TaskEvent event, Admission admission) {
    List<Header> headers = new ArrayList<>(event.message().headerList());
    headers.removeIf(header -> AdmissionHeaders.GAINED.contains(header.name()));
    headers.add(Header.of(DeadLetterHeaders.ORIGIN, event.place()));
    headers.add(Header.of(AdmissionHeaders.ADMISSION, Long.toString(admission.number())));
    if (admission.control() != null) {
      headers.add(Header.of(AdmissionHeaders.CONTROL, Long.toString(admission.control())));
    }
    log.publish(name, event.message().withHeaders(headers));
  }

  @Override
  public void close() {
    follower.close();
  }
}
