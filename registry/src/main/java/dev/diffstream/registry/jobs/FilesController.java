package dev.diffstream.registry.jobs;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.diffstream.registry.submission.FormParts;
import dev.diffstream.registry.submission.StagedFile;
import dev.diffstream.registry.submission.UploadedFiles;
import dev.diffstream.registry.submission.UploadedFiles.UploadedFile;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.http.ActorHeader;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.server.types.files.StreamedFile;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Operation;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;

/** Files for jobs, as clients of OpenAI's interface upload them. */
@Controller("/v1/files")
@ExecuteOn(TaskExecutors.BLOCKING)
final class FilesController {
  private final UploadedFiles files;

  FilesController(FineTuning fineTuning) {
    this.files = fineTuning.files();
  }

  /** A file, in the field names of its clients. */
  record FileObject(
      String id,
      String object,
      long bytes,
      @JsonProperty("created_at") long createdAt,
      String filename,
      String purpose,
      String status) {
    static FileObject of(UploadedFile file) {
      return new FileObject(
          file.id(),
          "file",
          file.bytes(),
          file.created(),
          file.filename(),
          file.purpose(),
          "processed");
    }
  }

  /** What was deleted. */
  record Deleted(String id, String object, boolean deleted) {}

  @ActorHeader
  @Operation(summary = "Uploads a file for fine-tuning jobs.")
  @Needs(Permission.SUBMIT)
  @Post(consumes = MediaType.MULTIPART_FORM_DATA, produces = MediaType.APPLICATION_JSON)
  byte[] upload(@Header(HttpHeaders.CONTENT_TYPE) String type, @Body InputStream body) {
    try (FormParts form = FormParts.of(type, body, Set.of("purpose"), Set.of("file"))) {
      StagedFile file = form.requiredFile("file");
      String purpose = form.text("purpose").filter(text -> !text.isBlank()).orElse("fine-tune");
      try (InputStream content = file.open()) {
        return Json.write(FileObject.of(files.put(file.name(), purpose, content)));
      } catch (IOException e) {
        throw new DiffstreamException(
            ErrorCode.INVALID_REQUEST, "the file cannot be read: " + e, e);
      }
    }
  }

  @ActorHeader
  @Operation(summary = "Files, newest first.")
  @Needs(Permission.VIEW)
  @Get(produces = MediaType.APPLICATION_JSON)
  byte[] files(@QueryValue @Nullable String after, @QueryValue @Nullable Integer limit) {
    return Json.write(
        Listing.of(
            files.all().stream().map(FileObject::of).toList(), FileObject::id, after, limit));
  }

  @ActorHeader
  @Operation(summary = "A file's particulars.")
  @Needs(Permission.VIEW)
  @Get(uri = "/{fileId}", produces = MediaType.APPLICATION_JSON)
  byte[] file(@PathVariable String fileId) {
    return Json.write(FileObject.of(files.get(fileId)));
  }

  @ActorHeader
  @Operation(summary = "A file's bytes.")
  @Needs(Permission.VIEW)
  @Get(
      uri = "/{fileId}/content",
      produces = {MediaType.APPLICATION_OCTET_STREAM, "application/binary"})
  StreamedFile content(@PathVariable String fileId) {
    return new StreamedFile(files.open(fileId), MediaType.APPLICATION_OCTET_STREAM_TYPE);
  }

  @ActorHeader
  @Operation(summary = "Deletes a file. Tasks keep the rows that jobs took from it.")
  @Needs(Permission.SUBMIT)
  @Delete(uri = "/{fileId}", produces = MediaType.APPLICATION_JSON)
  byte[] delete(@PathVariable String fileId) {
    files.delete(fileId);
    return Json.write(new Deleted(fileId, "file", true));
  }
}
