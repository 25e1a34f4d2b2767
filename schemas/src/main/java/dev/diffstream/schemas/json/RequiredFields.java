package dev.diffstream.schemas.json;

import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fields of records that were read from JSON: what is not marked as nullable must have been there.
 * The JSON library leaves a missing field null, and the fault would show far away.
 */
final class RequiredFields {
  /** What reflection tells of each record class; asking it anew for every object is slow. */
  private static final ClassValue<List<Field>> FIELDS =
      new ClassValue<>() {
        @Override
        protected List<Field> computeValue(Class<?> type) {
          return Arrays.stream(type.getRecordComponents()).map(Field::of).toList();
        }
      };

  private record Field(String name, Method accessor, boolean required) {
    static Field of(RecordComponent component) {
      Method accessor = component.getAccessor();
      accessor.setAccessible(true); // the record may not be public
      boolean nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
      return new Field(component.getName(), accessor, !nullable);
    }

    @Nullable Object of(Record fields) {
      try {
        return accessor.invoke(fields);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("cannot read " + accessor, e);
      }
    }
  }

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
    for (Field field : FIELDS.get(fields.getClass())) {
      String name = path.isEmpty() ? field.name() : path + "." + field.name();
      Object value = field.of(fields);
      if (value == null && field.required()) {
        throw new IllegalArgumentException("expected field " + name + ", got none");
      }
      check(value, name);
    }
  }
}
