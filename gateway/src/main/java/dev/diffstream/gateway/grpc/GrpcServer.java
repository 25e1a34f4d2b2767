package dev.diffstream.gateway.grpc;

import dev.diffstream.gateway.batching.ByteBudget;
import dev.diffstream.gateway.face.GatewayView;
import dev.diffstream.gateway.face.InferHandler;
import dev.diffstream.gateway.face.OipExtensions;
import dev.diffstream.service.access.AccessPolicy;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves gRPC without encryption, as HTTP is served. Each call runs on a virtual thread. */
public final class GrpcServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GrpcServer.class);

  /** It writes a stack trace for each message above the limit, and any caller can send those. */
  private static final java.util.logging.Logger LIBRARY =
      java.util.logging.Logger.getLogger(
          "io.grpc.netty.shaded.io.grpc.netty.NettyServerStream"); // held, or the level is lost

  static {
    LIBRARY.setLevel(java.util.logging.Level.OFF);
  }

  private final Server server;
  private final ReadinessService readiness;
  private final ExecutorService calls;

  private GrpcServer(Server server, ReadinessService readiness, ExecutorService calls) {
    this.server = server;
    this.readiness = readiness;
    this.calls = calls;
  }

  /**
   * @param port 0 for any free one
   * @param budget of the messages that wait
   * @throws UncheckedIOException if it cannot listen there
   */
  public static GrpcServer start(
      String host,
      int port,
      GatewayView gateway,
      InferHandler handler,
      OipExtensions extensions,
      ByteBudget budget,
      AccessPolicy policy) {
    ReadinessService readiness = new ReadinessService(gateway::ready);
    ExecutorService calls =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("grpc-", 0).factory());
    CallInterceptor read = new CallInterceptor(policy, budget, gateway.limits().maxBytes());
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(host, port))
            .executor(calls)
            .maxInboundMessageSize(gateway.limits().maxBytes())
            .decompressorRegistry(Unpacking.REGISTRY)
            .addService(
                read(new InferenceService(gateway, handler, extensions).bindService(), read))
            .addService(read(readiness.bindService(), read))
            .addService(read(ProtoReflectionServiceV1.newInstance().bindService(), read))
            .addService(read(reflectionAlpha().bindService(), read))
            .build();
    GrpcServer started = new GrpcServer(server, readiness, calls);
    try {
      server.start();
    } catch (IOException e) {
      started.close();
      throw new UncheckedIOException("gRPC cannot be served on " + host + ":" + port, e);
    }
    return started;
  }

  private static ServerServiceDefinition read(
      ServerServiceDefinition service, CallInterceptor calls) {
    return ServerInterceptors.intercept(ServerInterceptors.useInputStreamMessages(service), calls);
  }

  /** What clients asked before version 1 of reflection, and many still do. */
  @SuppressWarnings("deprecation")
  private static BindableService reflectionAlpha() {
    return io.grpc.protobuf.services.ProtoReflectionService.newInstance();
  }

  public int port() {
    return server.getPort();
  }

  /** Takes no more calls, and says so to who asks for its health; what was begun goes on. */
  public void drain() {
    readiness.close();
    server.shutdown();
  }

  /** Waits until what was begun is answered. */
  public void awaitDrained(Duration max) throws InterruptedException {
    if (!server.awaitTermination(max.toNanos(), TimeUnit.NANOSECONDS)) {
      LOG.warn("gRPC calls were still being answered after {}", max);
    }
  }

  /** Ends at once; calls that go on are cancelled. */
  @Override
  public void close() {
    readiness.close();
    server.shutdownNow();
    calls.shutdown();
  }
}
