package dev.diffstream.objectstore;

import io.minio.Result;
import io.minio.errors.MinioException;
import io.minio.messages.Item;
import java.util.Iterator;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Turns the client's lazy pages, whose errors show up while iterating, into keys. */
final class S3Listing implements Iterator<String> {
  private final String prefix;
  private final Iterator<Result<Item>> items;

  private S3Listing(String prefix, Iterator<Result<Item>> items) {
    this.prefix = prefix;
    this.items = items;
  }

  static Stream<String> keys(String prefix, Iterable<Result<Item>> items) {
    Iterator<String> keys = new S3Listing(prefix, items.iterator());
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(
            keys, Spliterator.ORDERED | Spliterator.DISTINCT | Spliterator.NONNULL),
        false);
  }

  @Override
  public boolean hasNext() {
    try {
      return items.hasNext();
    } catch (RuntimeException failure) {
      throw S3Errors.onRead("listing " + prefix, failure);
    }
  }

  @Override
  public String next() {
    try {
      return items.next().get().objectName();
    } catch (MinioException failure) {
      throw S3Errors.onRead("listing " + prefix, failure);
    }
  }
}
