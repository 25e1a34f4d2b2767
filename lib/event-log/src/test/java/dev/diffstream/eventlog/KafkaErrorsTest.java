package dev.diffstream.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.ErrorCode;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.Test;

final class KafkaErrorsTest {
  @Test
  void aLostAnswerToAWriteIsUnknownAndToAQuestionOverload() {
    Throwable lost = new ExecutionException(new TimeoutException("expired"));
    assertThat(KafkaErrors.unknown("publish", lost).code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
    assertThat(KafkaErrors.failed("ping", lost).code()).isEqualTo(ErrorCode.OVERLOADED);
  }

  @Test
  void whatCannotWorkIsNotUnknown() {
    assertCode(new TopicAuthorizationException("t"), ErrorCode.DATA_FORBIDDEN);
    assertCode(new RecordTooLargeException("big"), ErrorCode.INVALID_EVENT);
    Throwable missing = new UnknownTopicOrPartitionException("t");
    assertCode(new TimeoutException("not there after 1 s", missing), ErrorCode.INVALID_EVENT);
  }

  @Test
  void theMessageSaysWhatFailedAndWhy() {
    assertThat(KafkaErrors.failed("ping", new TimeoutException("expired")).reason())
        .isEqualTo("ping: expired");
  }

  private static void assertCode(Throwable failure, ErrorCode code) {
    assertThat(KafkaErrors.unknown("publish", failure).code()).isEqualTo(code);
  }
}
