package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.diffstream.schemas.event.Objective;
import inference.GRPCInferenceServiceGrpc;
import inference.ModelInferResponse;
import io.grpc.Compressor;
import io.grpc.CompressorRegistry;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.TimeUnit;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that clients of other languages compress. */
@Timeout(60)
final class GrpcCompressionTest {
  private static final TinyGateway GATEWAY = new TinyGateway();

  @BeforeAll
  static void serve() throws Exception {
    GATEWAY.serve("reviews", Objective.CLASSIFICATION);
  }

  @AfterAll
  static void stop() {
    GATEWAY.close();
  }

  @Test
  void aZlibStreamIsRead() {
    ModelInferResponse answer = infer(new Zlib(), "good");
    assertThat(answer.getRawOutputContentsList())
        .isEqualTo(
            GATEWAY
                .grpc()
                .modelInfer(Messages.texts("reviews", "good").build())
                .getRawOutputContentsList());
  }

  @Test
  void whatUnpacksTooLargeIsRefused() {
    assertThat(refusal(new Zlib(), "x".repeat(10_000_000)).getStatus().getCode())
        .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate"})
  void whatCannotBeUnpackedIsAnInvalidRequest(String encoding) {
    Status status = refusal(new Plain(encoding), "good").getStatus();
    assertThat(status.getCode()).as(status.toString()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(status.getDescription()).startsWith("INVALID_REQUEST: ");
  }

  private static StatusRuntimeException refusal(Compressor compressor, String text) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> infer(compressor, text));
  }

  private static ModelInferResponse infer(Compressor compressor, String text) {
    CompressorRegistry registry = CompressorRegistry.newEmptyInstance();
    registry.register(compressor);
    ManagedChannel channel =
        Grpc.newChannelBuilder(
                "127.0.0.1:" + GATEWAY.grpcPort(), InsecureChannelCredentials.create())
            .compressorRegistry(registry)
            .build();
    try {
      return GRPCInferenceServiceGrpc.newBlockingStub(channel)
          .withDeadlineAfter(TinyGateway.TIMEOUT.toSeconds(), TimeUnit.SECONDS)
          .withCompression(compressor.getMessageEncoding())
          .modelInfer(Messages.texts("reviews", text).build());
    } finally {
      channel.shutdownNow();
    }
  }

  /** What gRPC calls deflate. */
  private record Zlib() implements Compressor {
    @Override
    public String getMessageEncoding() {
      return "deflate";
    }

    @Override
    public OutputStream compress(OutputStream out) {
      return new DeflaterOutputStream(out);
    }
  }

  /** Says that it compresses, and does not. */
  private record Plain(String name) implements Compressor {
    @Override
    public String getMessageEncoding() {
      return name;
    }

    @Override
    public OutputStream compress(OutputStream out) throws IOException {
      return new FilterOutputStream(out);
    }
  }
}
