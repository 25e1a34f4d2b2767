package dev.diffstream.objectstore;

import io.minio.Result;
import io.minio.errors.MinioException;
import io.minio.messages.Item;
import java.util.Iterator;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Turns the client's lazy pages, whose errors show up while iterating, into entries. */
final class S3Listing implements Iterator<ObjectStore.Listed> {
  private final String prefix;
  private final Iterator<Result<Item>> items;

  private S3Listing(String prefix, Iterator<Result<Item>> items) {
    this.prefix = prefix;
    this.items = items;
  }

  static Stream<ObjectStore.Listed> entries(String prefix, Iterable<Result<Item>> items) {
    Iterator<ObjectStore.Listed> entries = new S3Listing(prefix, items.iterator());
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(
            entries, Spliterator.ORDERED | Spliterator.DISTINCT | Spliterator.NONNULL),
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
  public ObjectStore.Listed next() {
    try {
      Item item = items.next().get();
      String tag = item.etag();
      return new ObjectStore.Listed(item.objectName(), item.size(), tag == null ? "" : tag);
    } catch (MinioException failure) {
      throw S3Errors.onRead("listing " + prefix, failure);
    }
  }
}
