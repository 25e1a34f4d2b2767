package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.diffstream.schemas.event.Objective;
import inference.InferParameter;
import inference.ModelInferRequest;
import inference.ModelInferRequest.InferInputTensor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whatever message comes, the caller is answered or told what was wrong with it. */
final class GrpcRandomMessagesTest {
  private static final int MESSAGES = 3_000;
  private static final Set<Status.Code> EXPECTED =
      EnumSet.of(
          Status.Code.OK,
          Status.Code.INVALID_ARGUMENT,
          Status.Code.NOT_FOUND,
          Status.Code.DEADLINE_EXCEEDED);
  private static final List<String> WORDS =
      List.of(
          "",
          "text",
          "text_pair",
          "reviews",
          "pairs",
          "BYTES",
          "FP32",
          "label",
          "scores",
          "score",
          "timeout",
          "content_type",
          "base64",
          "binary_data",
          "1",
          "x",
          "\ud83d\ude9a",
          "%s");
  private static final TinyGateway GATEWAY = new TinyGateway();

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  @BeforeAll
  static void serve() throws Exception {
    GATEWAY.serve("reviews", Objective.CLASSIFICATION);
    GATEWAY.serve("pairs", Objective.PAIR_REGRESSION);
  }

  @AfterAll
  static void stop() {
    GATEWAY.close();
  }

  @Test
  void anyMessageIsAnsweredOrRefused() {
    System.out.println("seed " + seed);
    Map<Status.Code, Integer> counts = new EnumMap<>(Status.Code.class);
    for (int i = 0; i < MESSAGES; i++) {
      ModelInferRequest request =
          random.nextBoolean() ? nearlyRight() : (ModelInferRequest) any(empty());
      counts.merge(status(() -> GATEWAY.grpc().modelInfer(request), request), 1, Integer::sum);
    }
    System.out.println(counts);
    assertThat(EXPECTED).containsAll(counts.keySet());
    assertThat(counts).containsKeys(Status.Code.OK, Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void anyBytesAreAnsweredOrRefused() {
    System.out.println("seed " + seed);
    for (int i = 0; i < 500; i++) {
      byte[] bytes =
          random.nextBoolean() ? new byte[random.nextInt(200)] : nearlyRight().toByteArray();
      if (random.nextBoolean()) {
        random.nextBytes(bytes);
      } else if (bytes.length > 0) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      Status.Code code =
          status(() -> GrpcServiceTest.raw(GATEWAY, bytes), ByteString.copyFrom(bytes));
      assertThat(EXPECTED).contains(code);
    }
  }

  private Status.Code status(Runnable call, Object request) {
    try {
      call.run();
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      assertThat(EXPECTED)
          .as("seed %d: %s: %s", seed, e, request)
          .contains(e.getStatus().getCode());
      assertThat(e.getStatus().getDescription()).as("%s", e).matches("(?s)[A-Z_]+: .*");
      return e.getStatus().getCode();
    }
  }

  private static ModelInferRequest.Builder empty() {
    return ModelInferRequest.newBuilder();
  }

  /** A good request with one thing changed. */
  private ModelInferRequest nearlyRight() {
    ModelInferRequest.Builder request = Messages.texts("reviews", "good", "bad");
    InferInputTensor.Builder input = request.getInputsBuilder(0);
    switch (random.nextInt(9)) {
      case 0 -> request.setModelName(word());
      case 1 -> request.setModelVersion(word());
      case 2 -> input.setName(word());
      case 3 -> input.setDatatype(word());
      case 4 -> input.setShape(0, random.nextBoolean() ? random.nextInt(4) : random.nextLong());
      case 5 -> input.addShape(random.nextInt(3));
      case 6 -> request.addRawInputContents(bytes());
      case 7 -> request.putParameters(word(), (InferParameter) any(InferParameter.newBuilder()));
      default -> request.addOutputsBuilder().setName(word());
    }
    return request.build();
  }

  /** A message of any values. */
  private Message any(Message.Builder message) {
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      int count = random.nextInt(3);
      for (int i = 0; i < (field.isRepeated() ? count : Math.min(count, 1)); i++) {
        Object value = value(message, field);
        if (field.isRepeated()) {
          message.addRepeatedField(field, value);
        } else {
          message.setField(field, value);
        }
      }
    }
    return message.build();
  }

  private Object value(Message.Builder message, FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case INT -> random.nextInt();
      case LONG -> random.nextBoolean() ? random.nextLong(4) : random.nextLong();
      case FLOAT -> random.nextFloat();
      case DOUBLE -> random.nextDouble();
      case BOOLEAN -> random.nextBoolean();
      case STRING -> word();
      case BYTE_STRING -> bytes();
      case ENUM -> field.getEnumType().getValues().getFirst();
      case MESSAGE -> any(message.newBuilderForField(field));
    };
  }

  private String word() {
    return WORDS.get(random.nextInt(WORDS.size()));
  }

  private ByteString bytes() {
    byte[] bytes = new byte[random.nextInt(30)];
    random.nextBytes(bytes);
    return random.nextBoolean() ? ByteString.copyFrom(bytes) : ByteString.copyFromUtf8(word());
  }
}
