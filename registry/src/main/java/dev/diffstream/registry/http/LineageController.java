package dev.diffstream.registry.http;

import dev.diffstream.registry.lineage.Lineage;
import dev.diffstream.registry.lineage.LineageReader;
import dev.diffstream.registry.lineage.StoredStatement;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.provenance.ProvenanceStatement;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.signature.SignedStatement;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.http.ActorHeader;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;

/** Where versions come from. */
@Controller("/v1/tasks/{taskId}/versions/{number}")
@ExecuteOn(TaskExecutors.BLOCKING)
final class LineageController {
  private final KnownVersions known;
  private final LineageReader lineages;

  LineageController(RegistryView registry, LineageReader lineages) {
    this.known = new KnownVersions(registry);
    this.lineages = lineages;
  }

  @ActorHeader
  @Operation(
      summary = "Where a version comes from, and all that is needed to learn it again.",
      description =
          "Joined from the version, the reports of its run and the worker's provenance statement, which is checked. What an older worker did not write down is absent.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = Lineage.class)))
  @Needs(Permission.VIEW)
  @Get(uri = "/lineage", produces = MediaType.APPLICATION_JSON)
  byte[] lineage(@PathVariable String taskId, @PathVariable String number) {
    return Json.write(lineages.of(known.version(taskId, number)));
  }

  @ActorHeader
  @Operation(
      summary = "The provenance statement of a version, byte by byte as its worker stored it.",
      description =
          "An in-toto statement with SLSA's provenance predicate, in a DSSE envelope where the worker signs.")
  @ApiResponse(
      responseCode = "200",
      content = {
        @Content(mediaType = SignedStatement.MEDIA_TYPE),
        @Content(mediaType = ProvenanceStatement.MEDIA_TYPE)
      })
  @Needs(Permission.VIEW)
  @Get(uri = "/provenance", produces = MediaType.ALL)
  HttpResponse<byte[]> provenance(@PathVariable String taskId, @PathVariable String number) {
    VersionRecord version = known.version(taskId, number);
    StoredStatement statement =
        lineages
            .statement(version)
            .orElseThrow(
                () ->
                    new DiffstreamException(
                        ErrorCode.VERSION_UNKNOWN,
                        "version %d of task %s has no provenance statement: its worker wrote none"
                            .formatted(version.version(), version.taskId())));
    return HttpResponse.ok(statement.bytes()).contentType(statement.mediaType());
  }
}
