package dev.diffstream.service.http;

import dev.diffstream.schemas.DiffstreamException;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * People who have signed in with a key at a service's pages; a bean of a service that has pages.
 */
public interface BrowserSessions {
  /** SHA-256 of the key with which the sender of this request has signed in. */
  Optional<String> keyDigest(HttpRequest<?> request);

  /** The page for somebody who was refused one; null for requests that are not for pages. */
  @Nullable HttpResponse<?> refused(HttpRequest<?> request, DiffstreamException refusal);

  /** Whether this is the path of a file that the pages are made with, the same for everybody. */
  boolean isPublicFile(String path);
}
