package dev.diffstream.gateway.grpc;

import static java.util.Map.entry;

import dev.diffstream.service.access.Permission;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What each method of the gRPC face takes, by its full name. */
final class MethodPermissions {
  private static final String INFERENCE = "inference.GRPCInferenceService/";

  private static final Map<String, Permission> ALL =
      Map.ofEntries(
          entry("grpc.health.v1.Health/Check", Permission.OPEN),
          entry("grpc.health.v1.Health/Watch", Permission.OPEN),
          entry(INFERENCE + "ServerLive", Permission.OPEN),
          entry(INFERENCE + "ServerReady", Permission.OPEN),
          entry(INFERENCE + "ServerMetadata", Permission.KEY),
          entry(INFERENCE + "ModelReady", Permission.KEY),
          entry(INFERENCE + "ModelMetadata", Permission.KEY),
          entry(INFERENCE + "ModelConfig", Permission.KEY),
          entry(INFERENCE + "ModelStatistics", Permission.KEY),
          entry(INFERENCE + "RepositoryIndex", Permission.KEY),
          entry(INFERENCE + "RepositoryModelLoad", Permission.KEY),
          entry(INFERENCE + "RepositoryModelUnload", Permission.KEY),
          entry(INFERENCE + "ModelInfer", Permission.PREDICT),
          entry("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Permission.KEY),
          entry("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", Permission.KEY));

  private MethodPermissions() {}

  /** Null for a method that is not listed: refused where keys are needed. */
  static @Nullable Permission of(String fullName) {
    return ALL.get(fullName);
  }
}
