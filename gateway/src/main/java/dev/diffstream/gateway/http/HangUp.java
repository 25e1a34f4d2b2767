package dev.diffstream.gateway.http;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import java.util.concurrent.CompletableFuture;

/** Clients that hang up. The framework tells nobody, and what they asked would be computed. */
final class HangUp {
  private HangUp() {}

  /**
   * Runs {@code action} when the connection is closed.
   *
   * @return takes it back, when the request is answered: a connection outlives it
   */
  static Runnable atClose(HttpRequest<?> request, Runnable action) {
    if (!(request instanceof NettyHttpRequest<?> netty)) {
      return () -> {};
    }
    ChannelFuture closed = netty.getChannelHandlerContext().channel().closeFuture();
    ChannelFutureListener listener = future -> action.run();
    closed.addListener(listener);
    return () -> closed.removeListener(listener);
  }

  /** {@code answer}, which is cancelled when the connection that waits for it is closed. */
  static <T> CompletableFuture<T> cancels(HttpRequest<?> request, CompletableFuture<T> answer) {
    if (!answer.isDone()) {
      Runnable answered = atClose(request, () -> answer.cancel(false));
      answer.whenComplete((done, failure) -> answered.run());
    }
    return answer.exceptionallyCompose(
        failure ->
            CompletableFuture.failedFuture(
                answer.isCancelled()
                    ? new DiffstreamException(ErrorCode.CANCELLED, "the client has hung up")
                    : failure));
  }
}
