package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.diffstream.gateway.catalog.RoutingKey;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.registry.AliasTarget;
import inference.InferTensorContents;
import inference.ModelInferRequest;
import inference.ModelInferRequest.InferInputTensor;
import inference.ModelInferResponse;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which alias answered is told on every face, and a routing key decides on each of them alike. */
final class AliasFacesTest {
  private static final TinyGateway GATEWAY = new TinyGateway();

  @BeforeAll
  static void serve() throws Exception {
    GATEWAY.backends.announce(
        "shared", 1, Map.of("champion", stored(1, null), "canary", stored(2, 0.5)));
    GATEWAY.backends.announceProvisional(
        "fresh", 1, TinyModel.BASE, TinyModel.head("fresh", Objective.CLASSIFICATION, 0));
    GATEWAY.await("/v2/models/shared/versions/2/ready");
    GATEWAY.await("/v2/models/fresh/ready");
  }

  private static AliasTarget stored(long version, @Nullable Double weight) {
    byte[] diff = TinyModel.diff("shared", Objective.CLASSIFICATION, version, 0);
    GATEWAY.backends.store.put(ObjectKeys.diff(Sha256.of(diff)), diff, Map.of());
    return new AliasTarget(version, Sha256.of(diff), TinyModel.BASE, weight);
  }

  @AfterAll
  static void stop() {
    GATEWAY.close();
  }

  private static String alias(HttpResponse<byte[]> response) {
    return response.headers().firstValue("diffstream-alias").orElseThrow();
  }

  private static HttpResponse<byte[]> infer(String key) throws Exception {
    return GATEWAY.post(
        "/v2/models/shared/infer",
        "{\"inputs\":[{\"name\":\"text\",\"datatype\":\"BYTES\",\"shape\":[1],\"data\":[\"a\"]}]}",
        RoutingKey.HEADER,
        key);
  }

  private static String aliasOverGrpc(String key) {
    Metadata metadata = new Metadata();
    metadata.put(Metadata.Key.of(RoutingKey.HEADER, Metadata.ASCII_STRING_MARSHALLER), key);
    AtomicReference<Metadata> headers = new AtomicReference<>();
    ModelInferResponse answer =
        GATEWAY
            .grpc()
            .withInterceptors(
                MetadataUtils.newAttachHeadersInterceptor(metadata),
                MetadataUtils.newCaptureMetadataInterceptor(headers, new AtomicReference<>()))
            .modelInfer(
                ModelInferRequest.newBuilder()
                    .setModelName("shared")
                    .addInputs(
                        InferInputTensor.newBuilder()
                            .setName("text")
                            .setDatatype("BYTES")
                            .addShape(1)
                            .setContents(
                                InferTensorContents.newBuilder()
                                    .addBytesContents(ByteString.copyFromUtf8("a"))))
                    .build());
    assertThat(answer.getModelVersion()).isIn("1", "2");
    return GrpcFace.text(Objects.requireNonNull(headers.get()), "diffstream-alias");
  }

  @Test
  void aKeyIsAnsweredByTheSameVersionOnEveryFace() throws Exception {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      String key = "user-" + i;
      HttpResponse<byte[]> inferred = infer(key);
      String alias = alias(inferred);
      JsonNode body = TinyGateway.json(inferred);
      assertThat(body.path("model_version").asText()).isEqualTo(alias.equals("canary") ? "2" : "1");
      assertThat(body.path("parameters").path("alias").asText())
          .isEqualTo(alias.equals("canary") ? "canary" : "");
      HttpResponse<byte[]> predicted =
          GATEWAY.post("/v1/tasks/shared/predict", "{\"text\":\"a\"}", RoutingKey.HEADER, key);
      assertThat(alias(predicted)).isEqualTo(alias);
      assertThat(aliasOverGrpc(key)).isEqualTo(alias);
      seen.add(alias);
    }
    assertThat(seen).containsExactlyInAnyOrder("champion", "canary");
  }

  @Test
  void aProvisionalIsMarked() throws Exception {
    HttpResponse<byte[]> predicted = GATEWAY.post("/v1/tasks/fresh/predict", "{\"text\":\"a\"}");
    assertThat(alias(predicted)).isEqualTo("provisional");
    JsonNode body = TinyGateway.json(predicted);
    assertThat(body.path("alias").asText()).isEqualTo("provisional");
    assertThat(body.path("version").asLong(-1)).isZero();
    assertThat(body.path("label").asText()).isNotEmpty();
  }
}
