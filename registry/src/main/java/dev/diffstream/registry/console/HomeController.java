package dev.diffstream.registry.console;

import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.swagger.v3.oas.annotations.Hidden;
import java.net.URI;

/** Leads whoever opens the registry's address to the console. */
@Hidden
@Controller("/")
final class HomeController {
  @Needs(Permission.OPEN)
  @Get
  HttpResponse<?> home() {
    return HttpResponse.seeOther(URI.create("/console"));
  }
}
