package dev.diffstream.gateway.grpc;

import dev.diffstream.gateway.batching.ByteBudget;
import dev.diffstream.gateway.batching.ByteBudget.Reservation;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.service.access.AccessPolicy;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.access.Principal;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What holds for every call: who asks is read from its metadata and logged, and what their key does
 * not allow is refused, as on every HTTP route; what is no message of the method is refused as
 * INVALID_REQUEST; the library would call it a fault of the server. Messages are read if the bytes
 * of those that wait leave room for them. It must see messages as streams of bytes.
 */
final class CallInterceptor implements ServerInterceptor {
  private static final Logger ACCESS = LoggerFactory.getLogger("dev.diffstream.access");

  private final AccessPolicy policy;
  private final ByteBudget budget;
  private final int longest;

  /**
   * @param longest message in bytes, as which those count that are compressed
   */
  CallInterceptor(AccessPolicy policy, ByteBudget budget, int longest) {
    this.policy = policy;
    this.budget = budget;
    this.longest = longest;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata metadata, ServerCallHandler<Q, A> next) {
    Principal principal = Principal.NOBODY;
    CallContext asked;
    try {
      Permission permission = MethodPermissions.of(call.getMethodDescriptor().getFullMethodName());
      principal = AccessPolicy.asker(permission, () -> identify(metadata));
      policy.check(principal, permission);
      asked = CallContext.of(principal, metadata);
    } catch (DiffstreamException e) {
      policy.refused(principal, e.code(), "gRPC " + call.getMethodDescriptor().getFullMethodName());
      refuse(new Answering<>(call, "unknown", new Metadata()), GrpcFailures.of(e));
      return new ServerCall.Listener<>() {};
    }
    ServerCall<Q, A> answering = new Answering<>(call, principal.logged(), asked.answer());
    Context context = Context.current().withValue(CallContext.KEY, asked);
    return new Reading<>(
        answering, Contexts.interceptCall(context, answering, metadata, next), budget, longest);
  }

  private Principal identify(Metadata metadata) {
    return policy.identify(
        CallContext.all(metadata, AccessPolicy.HEADER),
        CallContext.all(metadata, ActorName.HEADER));
  }

  private static void refuse(ServerCall<?, ?> call, StatusRuntimeException refusal) {
    Metadata trailers = refusal.getTrailers();
    call.close(refusal.getStatus(), trailers == null ? new Metadata() : trailers);
  }

  /** Adds to the metadata of the answer, and logs its end. */
  private static final class Answering<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private final String actor;
    private final Metadata answer;

    Answering(ServerCall<Q, A> call, String actor, Metadata answer) {
      super(call);
      this.actor = actor;
      this.answer = answer;
    }

    @Override
    public void sendHeaders(Metadata headers) {
      headers.merge(answer);
      super.sendHeaders(headers);
    }

    @Override
    public void close(Status status, Metadata trailers) {
      boolean refused =
          status.getCode() == Status.Code.UNAUTHENTICATED
              || status.getCode() == Status.Code.PERMISSION_DENIED;
      ACCESS
          .atLevel(refused ? Level.INFO : Level.DEBUG)
          .log(
              "gRPC {} {} actor={}",
              getMethodDescriptor().getFullMethodName(),
              status.getCode(),
              actor);
      super.close(status, trailers);
    }
  }

  /** Refuses what cannot be read, and any but one message where the method takes one. */
  private static final class Reading<Q> extends SimpleForwardingServerCallListener<Q> {
    private final ServerCall<Q, ?> call;
    private final boolean takesOne;
    private final ByteBudget budget;
    private final int longest;
    private final List<Reservation> reserved = new ArrayList<>();
    private int messages;
    private boolean refused;

    Reading(ServerCall<Q, ?> call, ServerCall.Listener<Q> next, ByteBudget budget, int longest) {
      super(next);
      this.budget = budget;
      this.longest = longest;
      this.call = call;
      this.takesOne = call.getMethodDescriptor().getType().clientSendsOneMessage();
    }

    @Override
    public void onMessage(Q message) {
      if (refused) {
        return;
      }
      messages++;
      if (takesOne && messages > 1) {
        refuse("expected one message, got more");
        return;
      }
      try {
        reserve(message);
        super.onMessage(message);
      } catch (DiffstreamException e) {
        refuse(GrpcFailures.of(e));
      } catch (StatusRuntimeException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        if (Status.fromThrowable(cause).getCode() == Status.Code.RESOURCE_EXHAUSTED) {
          refuse(GrpcFailures.tooLarge(invalid("the message is too large: " + cause.getMessage())));
          return;
        }
        refuse("expected a message of this method, got bytes that are none: " + cause.getMessage());
      }
    }

    private void reserve(Q message) {
      if (message instanceof InputStream bytes) {
        try {
          boolean told = message instanceof KnownLength;
          reserved.add(budget.reserve(told ? bytes.available() : longest));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }

    @Override
    public void onComplete() {
      reserved.forEach(Reservation::close);
      super.onComplete();
    }

    @Override
    public void onCancel() {
      reserved.forEach(Reservation::close);
      super.onCancel();
    }

    @Override
    public void onHalfClose() {
      if (takesOne && messages == 0) {
        refuse("expected one message, got none");
      }
      if (!refused) {
        super.onHalfClose();
      }
    }

    private void refuse(String message) {
      refuse(GrpcFailures.of(invalid(message)));
    }

    private void refuse(StatusRuntimeException refusal) {
      if (!refused) {
        refused = true;
        CallInterceptor.refuse(call, refusal);
      }
    }

    private DiffstreamException invalid(String message) {
      return new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          call.getMethodDescriptor().getFullMethodName() + ": " + message);
    }
  }
}
