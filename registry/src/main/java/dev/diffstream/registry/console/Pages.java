package dev.diffstream.registry.console;

import dev.diffstream.registry.http.RegistryView;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.access.Principal;
import dev.diffstream.service.http.RequestPrincipal;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.pebbletemplates.pebble.PebbleEngine;
import io.pebbletemplates.pebble.loader.ClasspathLoader;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** Renders the console's templates. Whatever they are given is escaped. Thread-safe. */
@Singleton
public final class Pages {
  /** Header of requests that want a part of a page alone: htmx sets it. */
  public static final String PART = "HX-Request";

  private static final String POLICY =
      "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline';"
          + " frame-ancestors 'none'; form-action 'self'; base-uri 'none'";

  private final RegistryView registry;
  private final ConsoleMode mode;
  private final PebbleEngine engine;

  public Pages(RegistryView registry, ConsoleMode mode) {
    this.registry = registry;
    this.mode = mode;
    ClasspathLoader loader = new ClasspathLoader(Pages.class.getClassLoader());
    loader.setPrefix("console/templates");
    loader.setSuffix(".html");
    this.engine = new PebbleEngine.Builder().loader(loader).defaultLocale(Locale.ROOT).build();
  }

  public boolean readOnly() {
    return mode.readOnly();
  }

  /**
   * A page, or the page of its failure.
   *
   * @param values of the template; a failure that they throw has its status
   */
  public MutableHttpResponse<String> answer(
      String template, String page, Supplier<Map<String, Object>> values) {
    try {
      return html(HttpStatus.OK, template, page, values.get());
    } catch (DiffstreamException e) {
      return failure(page, e);
    }
  }

  public MutableHttpResponse<String> failure(String page, DiffstreamException e) {
    Map<String, Object> values = Map.of("code", e.code().name(), "message", e.reason());
    return html(HttpStatus.valueOf(e.code().httpStatus()), "error", page, values);
  }

  /** As {@link #answer}, with the status of what the page is about. */
  public MutableHttpResponse<String> html(
      HttpStatus status, String template, String page, Map<String, Object> values) {
    Map<String, Object> all = new HashMap<>(values);
    all.put("page", page);
    all.putAll(rights());
    all.put("notReady", !registry.snapshot().get().ready());
    StringWriter text = new StringWriter();
    try {
      engine.getTemplate(template).evaluate(text, all);
    } catch (IOException e) {
      throw new UncheckedIOException("rendering " + template, e);
    }
    return HttpResponse.status(status)
        .body(text.toString())
        .contentType(MediaType.TEXT_HTML_TYPE)
        .header("Content-Security-Policy", POLICY)
        .header("X-Content-Type-Options", "nosniff")
        .header("Referrer-Policy", "same-origin")
        .header("Cache-Control", "no-store");
  }

  /** What the reader may do: what they may not is not offered. */
  private Map<String, Object> rights() {
    Principal reader =
        RequestPrincipal.current().orElseGet(() -> Principal.unrestricted(ActorName.ANONYMOUS));
    boolean operates = !mode.readOnly() && reader.may(Permission.OPERATE);
    boolean submits = !mode.readOnly() && reader.may(Permission.SUBMIT);
    return Map.of(
        "mayOperate",
        operates,
        "maySubmit",
        submits,
        "maySeeGateways",
        reader.may(Permission.DEPLOYMENT),
        "readOnly",
        !operates && !submits,
        "stranger",
        reader.roles().isEmpty(),
        "signedIn",
        reader.keyId() == null ? "" : reader.actor().text());
  }

  /**
   * What a form changes, and then the page that shows it; or the page of the failure.
   *
   * @param change returns where it is to be seen
   */
  public HttpResponse<?> change(String page, Form form, Supplier<URI> change) {
    try {
      checkMayChange();
      return Actors.remember(form.actor(), HttpResponse.seeOther(change.get()));
    } catch (DiffstreamException e) {
      return failure(page, e);
    }
  }

  /**
   * @throws DiffstreamException PERMISSION_DENIED where the console changes nothing
   */
  public void checkMayChange() {
    if (mode.readOnly()) {
      throw new DiffstreamException(
          ErrorCode.PERMISSION_DENIED,
          "this console is read-only (diffstream.registry.console-read-only)");
    }
  }
}
