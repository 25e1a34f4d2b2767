package dev.diffstream.registry;

import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.swagger.v3.oas.annotations.Hidden;
import io.swagger.v3.oas.annotations.OpenAPIDefinition;
import io.swagger.v3.oas.annotations.info.Info;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The OpenAPI document, written by the compiler from these controllers. */
@OpenAPIDefinition(
    info =
        @Info(
            title = "diffstream registry",
            version = "1",
            description = "Tasks, their versions and runs. Failures are {error: {code, message}}."))
@Controller("/openapi.yml")
final class OpenApiController {
  private static final String RESOURCE = "/META-INF/swagger/openapi.yml";

  @Hidden
  @Get(produces = "application/yaml")
  byte[] document() {
    try (InputStream in = OpenApiController.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("missing resource " + RESOURCE);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
