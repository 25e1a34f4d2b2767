package dev.diffstream.gateway.grpc;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.face.Caller;
import dev.diffstream.gateway.face.GatewayView;
import dev.diffstream.gateway.face.InferHandler;
import dev.diffstream.gateway.face.OipExtensions;
import dev.diffstream.gateway.protocol.InferRequest;
import dev.diffstream.gateway.protocol.InferResult;
import dev.diffstream.gateway.protocol.OipBodies;
import dev.diffstream.gateway.telemetry.Protocol;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.service.access.Principal;
import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import inference.ModelConfigRequest;
import inference.ModelConfigResponse;
import inference.ModelInferRequest;
import inference.ModelInferResponse;
import inference.ModelMetadataRequest;
import inference.ModelMetadataResponse;
import inference.ModelReadyRequest;
import inference.ModelReadyResponse;
import inference.ModelStatisticsRequest;
import inference.ModelStatisticsResponse;
import inference.RepositoryIndexRequest;
import inference.RepositoryIndexResponse;
import inference.RepositoryModelLoadRequest;
import inference.RepositoryModelLoadResponse;
import inference.RepositoryModelUnloadRequest;
import inference.RepositoryModelUnloadResponse;
import inference.ServerLiveRequest;
import inference.ServerLiveResponse;
import inference.ServerMetadataRequest;
import inference.ServerMetadataResponse;
import inference.ServerReadyRequest;
import inference.ServerReadyResponse;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The Open Inference Protocol v2 over gRPC; a model is a task. Version and digest of the diff that
 * answered stand in the answer and in its metadata.
 */
final class InferenceService extends GRPCInferenceServiceImplBase {
  private static final Metadata.Key<String> VERSION = CallContext.key(InferResult.VERSION_HEADER);
  private static final Metadata.Key<String> DIGEST = CallContext.key(InferResult.DIGEST_HEADER);
  private static final Metadata.Key<String> ALIAS = CallContext.key(InferResult.ALIAS_HEADER);

  private final GatewayView gateway;
  private final InferHandler handler;
  private final OipExtensions extensions;

  InferenceService(GatewayView gateway, InferHandler handler, OipExtensions extensions) {
    this.gateway = gateway;
    this.handler = handler;
    this.extensions = extensions;
  }

  @Override
  public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> answer) {
    CallContext call = CallContext.current();
    Deadline deadline = Context.current().getDeadline();
    CompletableFuture<ModelInferResponse> inferred =
        handler.infer(
            request.getModelName(),
            request.getModelVersion(),
            new Caller(
                Protocol.GRPC,
                call.principal(),
                call.trace(),
                call.routingKey(),
                timeLeft(deadline)),
            () -> ProtoReader.read(request),
            result -> answer(call, result));
    ((ServerCallStreamObserver<ModelInferResponse>) answer)
        .setOnCancelHandler(
            () -> {
              if (deadline == null || !deadline.isExpired()) { // else the request's own ends it
                inferred.cancel(false);
              }
            });
    inferred.whenComplete((message, failure) -> send(answer, message, failure));
  }

  private static Principal asker() {
    return CallContext.current().principal();
  }

  /** Zero for none; a deadline that has passed leaves the least that is not none. */
  private static Duration timeLeft(@Nullable Deadline deadline) {
    if (deadline == null) {
      return Duration.ZERO;
    }
    long max = InferRequest.MAX_TIMEOUT.toNanos();
    long left = deadline.timeRemaining(TimeUnit.NANOSECONDS);
    return Duration.ofNanos(Math.clamp(left, 1, max));
  }

  private static ModelInferResponse answer(CallContext call, InferResult result) {
    call.answer().put(VERSION, Long.toString(result.diff().version()));
    call.answer().put(DIGEST, result.diff().digest());
    call.answer().put(ALIAS, result.diff().servedAs().alias());
    return ProtoWriter.answer(result);
  }

  private static <A> void send(
      StreamObserver<A> answer, @Nullable A message, @Nullable Throwable failure) {
    if (message == null) {
      answer.onError(
          GrpcFailures.of(failure == null ? new IllegalStateException("no answer") : failure));
      return;
    }
    answer.onNext(message);
    answer.onCompleted();
  }

  private static <A> void answer(StreamObserver<A> answer, Supplier<A> message) {
    A made;
    try {
      made = message.get();
    } catch (RuntimeException e) {
      answer.onError(GrpcFailures.of(e));
      return;
    }
    send(answer, made, null);
  }

  @Override
  public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> answer) {
    answer(answer, () -> ServerLiveResponse.newBuilder().setLive(gateway.live()).build());
  }

  @Override
  public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> answer) {
    answer(answer, () -> ServerReadyResponse.newBuilder().setReady(gateway.ready()).build());
  }

  @Override
  public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> answer) {
    answer(answer, () -> ModelReadyResponse.newBuilder().setReady(ready(request)).build());
  }

  /** A task that is known and cannot answer is not ready, which this answer has a field for. */
  private boolean ready(ModelReadyRequest request) {
    try {
      ResidentDiff diff = gateway.expectReady(asker(), request.getName(), request.getVersion());
      return diff.taskId().equals(request.getName());
    } catch (DiffstreamException e) {
      if (e.code() == ErrorCode.NOT_READY) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void serverMetadata(
      ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> answer) {
    answer(answer, () -> ProtoWriter.server(OipBodies.SERVER));
  }

  @Override
  public void modelMetadata(
      ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> answer) {
    answer(
        answer,
        () ->
            ProtoWriter.metadata(
                gateway.metadata(asker(), request.getName(), request.getVersion())));
  }

  @Override
  public void repositoryIndex(
      RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> answer) {
    answer(answer, () -> ProtoWriter.index(gateway.index(asker(), request.getReady())));
  }

  @Override
  public void modelStatistics(
      ModelStatisticsRequest request, StreamObserver<ModelStatisticsResponse> answer) {
    answer(
        answer,
        () ->
            ExtensionWriter.statistics(
                extensions.statistics(asker(), request.getName(), request.getVersion())));
  }

  @Override
  public void modelConfig(ModelConfigRequest request, StreamObserver<ModelConfigResponse> answer) {
    answer(
        answer,
        () ->
            ExtensionWriter.config(
                extensions.config(asker(), request.getName(), request.getVersion())));
  }

  @Override
  public void repositoryModelLoad(
      RepositoryModelLoadRequest request, StreamObserver<RepositoryModelLoadResponse> answer) {
    answer.onError(GrpcFailures.unimplemented(OipExtensions.loading(request.getModelName())));
  }

  @Override
  public void repositoryModelUnload(
      RepositoryModelUnloadRequest request, StreamObserver<RepositoryModelUnloadResponse> answer) {
    answer.onError(GrpcFailures.unimplemented(OipExtensions.loading(request.getModelName())));
  }
}
