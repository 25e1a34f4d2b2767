package dev.diffstream.schemas.registry;

import java.util.Map;

/**
 * How far a topic was read.
 *
 * @param topicId tells the topic from every other one that has had its name
 * @param next offset of the next record, by partition
 */
public record TopicPosition(String topicId, Map<Integer, Long> next) {
  public TopicPosition {
    next = Map.copyOf(next);
  }
}
