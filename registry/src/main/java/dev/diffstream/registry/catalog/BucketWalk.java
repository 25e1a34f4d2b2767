package dev.diffstream.registry.catalog;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.Listed;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Lists the tasks of the bucket, a part with each call. Belongs to one thread. */
public final class BucketWalk implements AutoCloseable {
  private final Stream<Listed> stream;
  private final Iterator<Listed> entries;
  private TaskListing.@Nullable Collected current;

  public BucketWalk(ObjectStore store) {
    this.stream = store.entries(ObjectKeys.tasksPrefix(), "");
    this.entries = stream.iterator();
  }

  /**
   * The tasks of which all entries have come by now, in the order of their keys.
   *
   * @param most entries to read
   */
  public List<TaskListing> next(int most) {
    List<TaskListing> complete = new ArrayList<>();
    for (int read = 0; read < most && entries.hasNext(); read++) {
      Listed entry = entries.next();
      TaskId task = ObjectKeys.taskOf(entry.key());
      if (task != null) {
        collected(task, complete).add(entry);
      }
    }
    if (!entries.hasNext()) {
      finish(complete);
    }
    return complete;
  }

  private TaskListing.Collected collected(TaskId task, List<TaskListing> complete) {
    TaskListing.Collected known = current;
    if (known != null && known.task().equals(task)) {
      return known;
    }
    finish(complete);
    TaskListing.Collected next = new TaskListing.Collected(task);
    current = next;
    return next;
  }

  private void finish(List<TaskListing> complete) {
    TaskListing.Collected known = current;
    current = null;
    TaskListing listing = known == null ? null : known.listing();
    if (listing != null && listing.isTask()) {
      complete.add(listing);
    }
  }

  public boolean atEnd() {
    return !entries.hasNext();
  }

  @Override
  public void close() {
    stream.close();
  }
}
