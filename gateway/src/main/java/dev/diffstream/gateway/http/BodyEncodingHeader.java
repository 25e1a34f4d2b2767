package dev.diffstream.gateway.http;

import io.micronaut.context.event.BeanCreatedEvent;
import io.micronaut.context.event.BeanCreatedEventListener;
import io.micronaut.http.netty.channel.ChannelPipelineCustomizer;
import io.micronaut.http.server.netty.NettyServerCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import jakarta.inject.Singleton;

/**
 * Renames {@code Content-Encoding} before the server sees it, so that it leaves compressed bodies
 * to {@link RequestBody}: the server's own decoder takes a body that ends early for a whole one,
 * and works on the event loop.
 */
@Singleton
final class BodyEncodingHeader implements BeanCreatedEventListener<NettyServerCustomizer.Registry> {
  /** Where a request's {@code Content-Encoding} stands; a caller cannot set it. */
  static final String NAME = "diffstream-content-encoding";

  @Override
  public NettyServerCustomizer.Registry onCreated(
      BeanCreatedEvent<NettyServerCustomizer.Registry> event) {
    event
        .getBean()
        .register(
            new NettyServerCustomizer() {
              @Override
              public NettyServerCustomizer specializeForChannel(Channel channel, ChannelRole role) {
                return new Customizer(channel);
              }
            });
    return event.getBean();
  }

  /** Of a listener, and of each of its connections in turn. */
  private record Customizer(Channel channel) implements NettyServerCustomizer {
    @Override
    public NettyServerCustomizer specializeForChannel(Channel child, ChannelRole role) {
      return new Customizer(child);
    }

    @Override
    public void onStreamPipelineBuilt() {
      channel
          .pipeline()
          .addBefore(ChannelPipelineCustomizer.HANDLER_MICRONAUT_INBOUND, NAME, new Renaming());
    }
  }

  private static final class Renaming extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpRequest request) {
        HttpHeaders headers = request.headers();
        headers.remove(NAME);
        String encoding = String.join(", ", headers.getAll(HttpHeaderNames.CONTENT_ENCODING));
        if (!encoding.isEmpty()) {
          headers.remove(HttpHeaderNames.CONTENT_ENCODING);
          headers.set(NAME, encoding);
        }
      }
      context.fireChannelRead(message);
    }
  }
}
