package dev.diffstream.gateway;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.memory.MemoryEventLog;
import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.Encoded;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.registry.Provisional;
import dev.diffstream.schemas.signature.TrustedKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A bucket and the topics in memory, and announcements as a registry would send them. */
public final class InMemoryBackends {
  public static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  public final MemoryObjectStore store = new MemoryObjectStore();
  public final MemoryEventLog log = new MemoryEventLog();

  static GatewaySettings settings() {
    return settings(
        new GatewaySettings.Listening(
            "127.0.0.1", 0, 0, GatewaySettings.NOT_SERVED, true, Duration.ZERO));
  }

  static GatewaySettings settings(GatewaySettings.Listening listening) {
    return new GatewaySettings(
        "gateway-1",
        List.of("tiny"),
        listening,
        new GatewaySettings.Limits(4, 100_000, 16, 1 << 20),
        100,
        new GatewaySettings.DiffChecks(1 << 24, TrustedKeys.NONE, 5),
        new GatewaySettings.Computing("cpu", 2, "fp32", 512),
        new ResidencySettings(Path.of("none"), 0, 2, 1L << 30, Set.of(), 1 << 20));
  }

  /** Stores {@code diff} and announces it as champion of this generation and version. */
  public String announce(String task, long generation, String base, byte[] diff) {
    String digest = Sha256.of(diff);
    store.put(ObjectKeys.diff(digest), diff, Map.of());
    announce(task, generation, base, digest);
    return digest;
  }

  /** As {@link #announce(String, long, String, byte[])}, of a task of this owner. */
  public void announceOwned(String task, String owner, String base, byte[] diff) {
    String digest = Sha256.of(diff);
    store.put(ObjectKeys.diff(digest), diff, Map.of());
    Map<String, AliasTarget> aliases = Map.of("champion", new AliasTarget(1, digest, base));
    send(new VersionAnnounced(task, 1, aliases, null, null).ownedBy(owner));
  }

  public void announce(String task, long generation, String base, String digest) {
    send(
        new VersionAnnounced(
            task,
            generation,
            Map.of("champion", new AliasTarget(generation, digest, base)),
            null,
            null));
  }

  /** Announces a champion whose predecessor is {@code previous}. */
  public void announce(
      String task, long generation, String base, String digest, AliasTarget previous) {
    send(
        new VersionAnnounced(
            task,
            generation,
            Map.of(
                "champion",
                new AliasTarget(generation, digest, base),
                "previous",
                previous,
                "an-alias-of-later",
                previous),
            null,
            null));
  }

  /** Announces what stands in {@code aliases}. */
  public void announce(String task, long generation, Map<String, AliasTarget> aliases) {
    send(new VersionAnnounced(task, generation, aliases, null, null));
  }

  /** Stores a head and announces it without a champion. */
  public String announceProvisional(String task, long generation, String base, byte[] head) {
    String digest = Sha256.of(head);
    store.put(ObjectKeys.diff(digest), head, Map.of());
    send(
        new VersionAnnounced(
            task, generation, Map.of(), new Provisional(digest, base, "run-1"), null));
    return digest;
  }

  public void withdraw(String task, long generation) {
    Move withdrawal = new Move(Move.WITHDRAW, "test", null, "test", null);
    send(new VersionAnnounced(task, generation, Map.of(), null, withdrawal));
  }

  private void send(VersionAnnounced announced) {
    Encoded encoded =
        EventCodec.encode(
            EventEnvelope.of("/test/registry", announced, Map.of("traceparent", TRACE)));
    log.publish(
        Topics.ANNOUNCEMENTS, new Message(announced.taskId(), encoded.headers(), encoded.value()));
  }

  public List<GatewayResidency> residency() {
    return records(Topics.RESIDENCY).stream()
        .filter(r -> r.key().contains("/"))
        .map(r -> EventCodec.decode(r.headers(), r.value()).as(GatewayResidency.class).data())
        .toList();
  }

  /** Everything on {@code topic}, in the order of each partition. */
  public List<Received> records(String topic) {
    return records(log, topic);
  }

  public static List<Received> records(EventLog log, String topic) {
    List<Received> records = new ArrayList<>();
    try (EventLog.Follower follower = log.follow(topic)) {
      while (!follower.caughtUp()) {
        records.addAll(follower.poll(Duration.ofSeconds(1)));
      }
    }
    return records;
  }

  public static <K, V> V at(Map<K, V> map, K key) {
    return java.util.Objects.requireNonNull(map.get(key), () -> key + " in " + map.keySet());
  }
}
