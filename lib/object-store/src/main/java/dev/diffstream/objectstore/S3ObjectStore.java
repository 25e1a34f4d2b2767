package dev.diffstream.objectstore;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import io.minio.BucketExistsArgs;
import io.minio.GetObjectArgs;
import io.minio.GetObjectResponse;
import io.minio.Http;
import io.minio.ListObjectsArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import io.minio.StatObjectArgs;
import io.minio.StatObjectResponse;
import io.minio.errors.MinioException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A bucket on an S3 server, through the MinIO client.
 *
 * <p>The only condition it uses is {@code If-None-Match: *} on a single PUT, since the other
 * conditional requests of S3 differ between servers. Requests that may be sent twice without harm
 * are sent up to three times; an upload from a stream is sent once.
 *
 * <p>Thread-safe.
 */
public final class S3ObjectStore implements ObjectStore {
  /** Metadata with the id of the call that wrote the object; not shown to callers. */
  static final String WRITER = "diffstream-writer";

  private static final long PART_SIZE = 8L << 20;
  private static final int PAGE_SIZE = 1000;

  private final S3Settings settings;
  private final S3Clients clients;
  private volatile boolean closed;

  /** Connects with the first request, not before. */
  public S3ObjectStore(S3Settings settings) {
    this.settings = settings;
    this.clients = S3Clients.connect(settings);
  }

  /** Fails unless the server answers, the keys are right and the bucket is there. */
  public void ping() {
    boolean there = read("looking for bucket " + settings.bucket(), () -> bucketExists());
    if (!there) {
      throw new DiffstreamException(
          ErrorCode.DATA_UNREADABLE,
          "there is no bucket " + settings.bucket() + " at " + settings.endpoint());
    }
  }

  /** Another process creating it at the same time is fine. */
  public void createBucketIfMissing() {
    String what = "creating bucket " + settings.bucket();
    if (read(what, () -> bucketExists())) {
      return;
    }
    try {
      calls().makeBucket(MakeBucketArgs.builder().bucket(settings.bucket()).build());
    } catch (MinioException | RuntimeException failure) {
      if (!read(what, () -> bucketExists())) {
        throw S3Errors.onWrite(what, failure);
      }
    }
  }

  @Override
  public Optional<ObjectInfo> stat(String key) {
    return head(Checked.key(key)).map(answer -> info(key, answer));
  }

  @Override
  public Optional<byte[]> get(String key, long maxBytes) {
    String what = "reading " + Checked.key(key);
    GetObjectArgs args = getArgs(key).build();
    return ifPresent(what, () -> wholeBody(key, args, maxBytes));
  }

  @Override
  public Optional<byte[]> getRange(String key, long offset, int length) {
    Checked.range(offset, length);
    if (length == 0) {
      return head(Checked.key(key)).map(any -> new byte[0]);
    }
    String what = "reading " + length + " bytes from " + offset + " of " + Checked.key(key);
    GetObjectArgs args = getArgs(key).offset(offset).length((long) length).build();
    return ifPresent(what, () -> rangeBody(args, length));
  }

  @Override
  public Optional<InputStream> open(String key) {
    String what = "opening " + Checked.key(key);
    GetObjectArgs args = getArgs(key).build();
    return ifPresent(what, () -> streams().getObject(args));
  }

  @Override
  public void put(String key, byte[] bytes, Map<String, String> metadata) {
    PutObjectArgs args = putArgs(key, Checked.metadata(metadata)).data(bytes, bytes.length).build();
    try {
      Retries.idempotent(() -> calls().putObject(args));
    } catch (MinioException | RuntimeException failure) {
      throw S3Errors.onWrite("writing " + key, failure);
    }
  }

  @Override
  public PutOutcome putIfAbsent(String key, byte[] bytes, Map<String, String> metadata) {
    String writer = UUID.randomUUID().toString();
    Map<String, String> signed = new HashMap<>(Checked.metadata(metadata));
    signed.put(WRITER, writer);
    PutObjectArgs args =
        putArgs(key, signed)
            .extraHeaders(new Http.Headers("If-None-Match", "*"))
            .data(bytes, bytes.length)
            .build();
    try {
      // Sent again with the same writer id, so a write whose answer was lost is found as ours.
      Retries.idempotent(() -> calls().putObject(args));
      return PutOutcome.CREATED;
    } catch (MinioException | RuntimeException failure) {
      if (S3Errors.kind(failure) == S3Errors.Kind.PRECONDITION) {
        return resolvePreconditionFailure(key, writer);
      }
      throw S3Errors.onWrite("creating " + key, failure);
    }
  }

  @Override
  public void upload(String key, InputStream content, Map<String, String> metadata) {
    SourceStream source = new SourceStream(content);
    PutObjectArgs args =
        putArgs(key, Checked.metadata(metadata)).stream(source, -1L, PART_SIZE).build();
    try {
      streams().putObject(args);
    } catch (MinioException | RuntimeException failure) {
      Exception own = source.failure();
      if (own instanceof DiffstreamException classified) {
        throw classified;
      }
      if (own != null) {
        throw new DiffstreamException(
            ErrorCode.DATA_UNREADABLE, "the content of " + key + " cannot be read: " + own, own);
      }
      throw S3Errors.onWrite("uploading " + key, failure);
    }
  }

  @Override
  public Stream<String> list(String prefix) {
    return entries(prefix, "").map(Listed::key);
  }

  @Override
  public Stream<Listed> entries(String prefix, String after) {
    ListObjectsArgs.Builder args =
        ListObjectsArgs.builder()
            .bucket(settings.bucket())
            .prefix(Checked.prefix(prefix))
            .recursive(true)
            .maxKeys(PAGE_SIZE);
    if (!after.isEmpty()) {
      args.startAfter(Checked.key(after));
    }
    return S3Listing.entries(prefix, calls().listObjects(args.build()));
  }

  @Override
  public void delete(String key) {
    RemoveObjectArgs args =
        RemoveObjectArgs.builder().bucket(settings.bucket()).object(Checked.key(key)).build();
    try {
      Retries.idempotent(
          () -> {
            calls().removeObject(args);
            return true;
          });
    } catch (MinioException | RuntimeException failure) {
      if (S3Errors.kind(failure) != S3Errors.Kind.ABSENT) {
        throw S3Errors.onWrite("deleting " + key, failure);
      }
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      clients.close();
    }
  }

  @Override
  public String toString() {
    return settings.endpoint() + "/" + settings.bucket();
  }

  private MinioClient calls() {
    return opened(clients.calls());
  }

  private MinioClient streams() {
    return opened(clients.streams());
  }

  private MinioClient opened(MinioClient client) {
    if (closed) {
      throw new DiffstreamException(ErrorCode.OVERLOADED, "the object store is closed");
    }
    return client;
  }

  private boolean bucketExists() throws MinioException {
    return calls().bucketExists(BucketExistsArgs.builder().bucket(settings.bucket()).build());
  }

  private PutOutcome resolvePreconditionFailure(String key, String writer) {
    Optional<StatObjectResponse> found = head(key);
    if (found.isEmpty()) {
      throw new DiffstreamException(
          ErrorCode.OUTCOME_UNKNOWN, key + " was there and was deleted while it was created here");
    }
    return writer.equals(metadata(found.get()).get(WRITER))
        ? PutOutcome.CREATED
        : PutOutcome.EXISTS;
  }

  private Optional<StatObjectResponse> head(String key) {
    StatObjectArgs args = StatObjectArgs.builder().bucket(settings.bucket()).object(key).build();
    return ifPresent("looking at " + key, () -> calls().statObject(args));
  }

  private static ObjectInfo info(String key, StatObjectResponse answer) {
    Map<String, String> metadata = metadata(answer);
    metadata.remove(WRITER);
    return new ObjectInfo(key, answer.size(), metadata);
  }

  private static Map<String, String> metadata(StatObjectResponse answer) {
    Map<String, String> metadata = new HashMap<>();
    for (Map.Entry<String, String> entry : answer.userMetadata()) {
      metadata.put(entry.getKey().toLowerCase(Locale.ROOT), entry.getValue());
    }
    return metadata;
  }

  private byte[] wholeBody(String key, GetObjectArgs args, long maxBytes) throws MinioException {
    try (GetObjectResponse body = calls().getObject(args)) {
      String length = body.headers().get("Content-Length");
      int max = (int) Math.min(maxBytes, Integer.MAX_VALUE - 9);
      if (length != null && Long.parseLong(length) > max) {
        throw tooLarge(key, length, maxBytes);
      }
      byte[] bytes = body.readNBytes(max + 1);
      if (bytes.length > max) {
        throw tooLarge(key, "more than " + max, maxBytes);
      }
      return bytes;
    } catch (IOException failure) {
      throw new MinioException(failure);
    }
  }

  private static DiffstreamException tooLarge(String key, String length, long maxBytes) {
    return new DiffstreamException(
        ErrorCode.QUOTA_EXCEEDED,
        key + " has " + length + " bytes, at most " + maxBytes + " are read at once");
  }

  private byte[] rangeBody(GetObjectArgs args, int length) throws MinioException {
    try (GetObjectResponse body = calls().getObject(args)) {
      return body.readNBytes(length);
    } catch (IOException failure) {
      throw new MinioException(failure);
    } catch (MinioException failure) {
      if (S3Errors.kind(failure) == S3Errors.Kind.RANGE) {
        return new byte[0];
      }
      throw failure;
    }
  }

  private GetObjectArgs.Builder getArgs(String key) {
    return GetObjectArgs.builder().bucket(settings.bucket()).object(key);
  }

  private PutObjectArgs.Builder putArgs(String key, Map<String, String> metadata) {
    return PutObjectArgs.builder()
        .bucket(settings.bucket())
        .object(Checked.key(key))
        .userMetadata(metadata);
  }

  private static <T> T read(String what, Retries.Request<T> request) {
    try {
      return Retries.idempotent(request);
    } catch (MinioException | RuntimeException failure) {
      throw S3Errors.onRead(what, failure);
    }
  }

  private static <T> Optional<T> ifPresent(String what, Retries.Request<T> request) {
    try {
      return Optional.of(Retries.idempotent(request));
    } catch (MinioException | RuntimeException failure) {
      if (S3Errors.kind(failure) == S3Errors.Kind.ABSENT) {
        return Optional.empty();
      }
      throw S3Errors.onRead(what, failure);
    }
  }
}
