package dev.diffstream.service.http;

import dev.diffstream.schemas.registry.ActorName;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.Schema;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Puts the header that {@link AccessFilter} reads into the OpenAPI document of a route. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Parameter(
    name = ActorName.HEADER,
    in = ParameterIn.HEADER,
    description = "Who asks, where no API key is needed; not verified. Without it: anonymous.",
    schema = @Schema(implementation = String.class, maxLength = ActorName.MAX_CHARS))
public @interface ActorHeader {}
