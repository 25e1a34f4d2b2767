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
