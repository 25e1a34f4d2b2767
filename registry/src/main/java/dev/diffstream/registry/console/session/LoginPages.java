package dev.diffstream.registry.console.session;

import dev.diffstream.registry.console.Form;
import dev.diffstream.registry.console.Pages;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.access.ApiKeySecret;
import dev.diffstream.service.access.AccessPolicy;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.access.Principal;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.swagger.v3.oas.annotations.Hidden;
import java.net.URI;
import java.util.Map;
import java.util.Objects;

/** Signing in with an API key, and out. */
@Hidden
@Controller("/console")
final class LoginPages {
  private static final String HOME = "/console";

  private final AccessPolicy policy;
  private final ConsoleSessions sessions;
  private final Pages pages;

  LoginPages(AccessPolicy policy, ConsoleSessions sessions, Pages pages) {
    this.policy = policy;
    this.sessions = sessions;
    this.pages = pages;
  }

  @Needs(Permission.OPEN)
  @Get(uri = "/login", produces = MediaType.TEXT_HTML)
  HttpResponse<?> form(@QueryValue @Nullable String next) {
    return policy.isOn()
        ? page(HttpStatus.OK, Objects.requireNonNullElse(next, ""), "")
        : HttpResponse.seeOther(URI.create(HOME));
  }

  private HttpResponse<?> page(HttpStatus status, String next, String problem) {
    return pages.html(status, "login", "", Map.of("next", next, "problem", problem));
  }

  @Needs(Permission.OPEN)
  @Post(
      uri = "/login",
      consumes = MediaType.APPLICATION_FORM_URLENCODED,
      produces = MediaType.TEXT_HTML)
  HttpResponse<?> signIn(HttpRequest<?> request, @Body @Nullable String body) {
    Form form = Form.of(body);
    String key = Objects.requireNonNullElse(form.text("key"), "");
    String next = Objects.requireNonNullElse(form.text("next"), "");
    try {
      policy.of(key);
      return HttpResponse.seeOther(URI.create(ownPage(next)))
          .cookie(sessions.begin(request, ApiKeySecret.digest(key)));
    } catch (DiffstreamException e) {
      policy.refused(Principal.NOBODY, e.code(), "POST " + ConsoleSessions.LOGIN);
      return page(HttpStatus.valueOf(e.code().httpStatus()), next, e.reason());
    }
  }

  /** Where to go on; never at another host. */
  private static String ownPage(String next) {
    try {
      URI uri = URI.create(next);
      boolean own = uri.getRawAuthority() == null && uri.getScheme() == null;
      return own
              && (next.equals(HOME) || next.startsWith(HOME + "/") || next.startsWith(HOME + "?"))
          ? next
          : HOME;
    } catch (IllegalArgumentException e) {
      return HOME;
    }
  }

  @Needs(Permission.KEY)
  @Post(
      uri = "/logout",
      consumes = MediaType.APPLICATION_FORM_URLENCODED,
      produces = MediaType.TEXT_HTML)
  HttpResponse<?> signOut(HttpRequest<?> request) {
    return HttpResponse.seeOther(URI.create(ConsoleSessions.LOGIN)).cookie(sessions.end(request));
  }
}
