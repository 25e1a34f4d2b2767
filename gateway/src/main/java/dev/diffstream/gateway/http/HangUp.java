package dev.diffstream.gateway.http;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.util.concurrent.CompletableFuture;

/** Clients that hang up. The framework tells nobody, and what they asked would be computed. */
final class HangUp {
  private HangUp() {}

  private static final String LISTENER = "diffstream.at-close";

  /** Runs {@code action} when the connection is closed, unless the request is answered before. */
  static void atClose(HttpRequest<?> request, Runnable action) {
    if (request instanceof NettyHttpRequest<?> netty) {
      ChannelFutureListener listener = closed -> action.run();
      request.setAttribute(LISTENER, listener);
      netty.getChannelHandlerContext().channel().closeFuture().addListener(listener);
    }
  }

  /** Nothing is to be done any more at the close of its connection. */
  static void answered(HttpRequest<?> request) {
    if (request instanceof NettyHttpRequest<?> netty) {
      request
          .getAttribute(LISTENER, ChannelFutureListener.class)
          .ifPresent(netty.getChannelHandlerContext().channel().closeFuture()::removeListener);
    }
  }

  /** {@code answer}, which is cancelled when the connection that waits for it is closed. */
  static <T> CompletableFuture<T> cancels(HttpRequest<?> request, CompletableFuture<T> answer) {
    if (request instanceof NettyHttpRequest<?> netty && !answer.isDone()) {
      Channel channel = netty.getChannelHandlerContext().channel();
      ChannelFutureListener cancelling = closed -> answer.cancel(false);
      channel.closeFuture().addListener(cancelling);
      answer.whenComplete((done, failure) -> channel.closeFuture().removeListener(cancelling));
    }
    return answer.exceptionallyCompose(
        failure ->
            CompletableFuture.failedFuture(
                answer.isCancelled()
                    ? new DiffstreamException(ErrorCode.CANCELLED, "the client has hung up")
                    : failure));
  }
}
