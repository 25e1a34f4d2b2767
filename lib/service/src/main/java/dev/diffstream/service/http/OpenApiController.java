package dev.diffstream.service.http;

import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.swagger.v3.oas.annotations.Hidden;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The OpenAPI document, which the compiler writes from the service's controllers, corrected. */
@Controller("/openapi.yml")
@Requires(resources = "classpath:META-INF/swagger/openapi.yml")
final class OpenApiController {
  private static final String RESOURCE = "/META-INF/swagger/openapi.yml";

  @Hidden
  @Needs(Permission.KEY)
  @Get(produces = "application/yaml")
  byte[] document() {
    try (InputStream in = OpenApiController.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("missing resource " + RESOURCE);
      }
      return OpenApiDocument.corrected(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
