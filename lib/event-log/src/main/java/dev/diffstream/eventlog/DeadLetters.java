package dev.diffstream.eventlog;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.schemas.DiffstreamException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;

/**
 * Sends dead letters: key, value and all headers of a record as they came, so that it can be sent
 * again, and headers with the reason behind them.
 *
 * <p>A record may be larger than what a producer may send, since a compressed batch unpacks to more
 * than it was. Its letter leaves out the value, and the record's headers too if they alone are too
 * large; {@link DeadLetterHeaders#ORIGIN} says where the record stands.
 */
public final class DeadLetters {
  private final EventLog log;
  private final String topic;

  /**
   * @param topic where the letters go
   */
  public DeadLetters(EventLog log, String topic) {
    this.log = log;
    this.topic = topic;
  }

  /**
   * Returns when the broker has acknowledged.
   *
   * @param letter the record as it came
   * @param reason headers of text, each cut to {@link DeadLetterHeaders#MAX_BYTES}
   */
  public void send(Message letter, Map<String, String> reason) {
    if (sent(letter, letter.headerList(), letter.valueBytes(), reason)) {
      return;
    }
    Map<String, String> withSize = new TreeMap<>(reason);
    withSize.put(DeadLetterHeaders.OMITTED_VALUE_BYTES, String.valueOf(letter.value().length));
    if (sent(letter, letter.headerList(), null, withSize)) {
      return;
    }
    withSize.put(DeadLetterHeaders.OMITTED_HEADERS, String.valueOf(letter.headerList().size()));
    Message last = message(keyIfShort(letter), List.of(), null, withSize);
    log.publish(topic, last);
  }

  /** False if the letter is too large. */
  private boolean sent(
      Message letter, List<Header> headers, byte @Nullable [] value, Map<String, String> reason) {
    try {
      log.publish(topic, message(letter.keyBytes(), headers, value, reason));
      return true;
    } catch (DiffstreamException e) {
      if (e.getCause() instanceof RecordTooLargeException
          || e.getCause() instanceof RecordBatchTooLargeException) {
        return false;
      }
      throw e;
    }
  }

  private static Message message(
      byte @Nullable [] key,
      List<Header> headers,
      byte @Nullable [] value,
      Map<String, String> reason) {
    List<Header> all = new ArrayList<>(headers);
    all.addAll(DeadLetterHeaders.bounded(reason));
    return new Message(key, all, value);
  }

  private static byte @Nullable [] keyIfShort(Message letter) {
    byte[] key = letter.keyBytes();
    return key != null && key.length <= DeadLetterHeaders.MAX_BYTES ? key : null;
  }
}
