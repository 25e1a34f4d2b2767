package dev.diffstream.objectstore;

final class MemoryObjectStoreTest extends ObjectStoreContract {
  private final ObjectStore store = new MemoryObjectStore();

  @Override
  ObjectStore store() {
    return store;
  }

  @Override
  ObjectStore open() {
    return new MemoryObjectStore();
  }
}
