package dev.diffstream.registry;

import dev.diffstream.objectstore.ObjectStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** A store before whose calls a test may do something, or fail. */
final class HookedStore {
  private HookedStore() {}

  /** Called before a call goes through. */
  interface Hook {
    /**
     * May fail in place of the call.
     *
     * @param method of the store: get, put, list, ...
     * @param key what it is called with first: a key or a prefix
     */
    void before(String method, String key);
  }

  static ObjectStore over(ObjectStore store, Hook hook) {
    return (ObjectStore)
        Proxy.newProxyInstance(
            ObjectStore.class.getClassLoader(),
            new Class<?>[] {ObjectStore.class},
            (proxy, method, arguments) -> {
              if (arguments != null && arguments[0] instanceof String key) {
                hook.before(method.getName(), key);
              }
              try {
                return method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
