package dev.diffstream.schemas;

import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fields of records that were read from JSON: what is not marked as nullable must have been there.
 * The JSON library leaves a missing field null, and the fault would show far away.
 */
final class RequiredFields {
  private RequiredFields() {}

  /** Fails with an IllegalArgumentException that names the first field that is missing. */
  static void check(@Nullable Object value, String path) {
    if (value instanceof Record fields) {
      checkRecord(fields, path);
    } else if (value instanceof Collection<?> items) {
      items.forEach(item -> check(item, path + "[]"));
    } else if (value instanceof Map<?, ?> entries) {
      entries.forEach((key, item) -> check(item, path + "." + key));
    }
  }

  private static void checkRecord(Record fields, String path) {
    for (RecordComponent component : fields.getClass().getRecordComponents()) {
      String name = path.isEmpty() ? component.getName() : path + "." + component.getName();
      Object field = read(component, fields);
      if (field == null && !component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
        throw new IllegalArgumentException("expected field " + name + ", got none");
      }
      check(field, name);
    }
  }

  private static @Nullable Object read(RecordComponent component, Record fields) {
    try {
      Method accessor = component.getAccessor();
      accessor.setAccessible(true); // the record may not be public
      return accessor.invoke(fields);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }
}
