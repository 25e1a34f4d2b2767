package dev.diffstream.worker.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.diffstream.base.Base;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.provenance.ProvenanceStatement;
import dev.diffstream.schemas.provenance.ProvenanceStatement.BuildDefinition;
import dev.diffstream.schemas.provenance.ProvenanceStatement.Builder;
import dev.diffstream.schemas.provenance.ProvenanceStatement.ExternalParameters;
import dev.diffstream.schemas.provenance.ProvenanceStatement.InternalParameters;
import dev.diffstream.schemas.provenance.ProvenanceStatement.Metadata;
import dev.diffstream.schemas.provenance.ProvenanceStatement.Predicate;
import dev.diffstream.schemas.provenance.ProvenanceStatement.Resource;
import dev.diffstream.schemas.provenance.ProvenanceStatement.RunDetails;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.signature.SignedStatement;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.telemetry.TraceContext;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.learning.parameters.Vectors;
import dev.diffstream.worker.run.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says of each diff from what, how and by whom it was learned, beside the report of its attempt;
 * signed where diffs are signed.
 */
final class Provenance {
  private static final Logger LOG = LoggerFactory.getLogger(Provenance.class);

  private final TrainingEnvironment environment;

  Provenance(TrainingEnvironment environment) {
    this.environment = environment;
  }

  /** What the bits of a diff depend on beside base, data and settings. */
  static RunReport.Environment environment(Placement placement) {
    return new RunReport.Environment(
        DiffFiles.CODE_VERSION,
        TrainingEnvironment.PROGRAM,
        placement.device().name(),
        TensorEngine.threads(),
        Vectors.FLOATS.length());
  }

  /**
   * Makes the statement of a run's diff durable, and names its bytes in the run's report.
   *
   * @param diff digest of the diff, which is durable
   * @param parents digests of the diffs that it was started from
   */
  void put(Run run, DataSet data, String diff, List<String> parents) {
    byte[] statement = statement(run, data, diff, parents).write();
    SigningKey key = environment.signingKey();
    byte[] stored = key == null ? statement : SignedStatement.sign(statement, key);
    String object = ObjectKeys.provenance(run.id(), run.attempt());
    environment
        .retry()
        .run(
            "storing the provenance of " + run.id(),
            () -> {
              if (environment.store().putIfAbsent(object, stored, TraceContext.inject())
                  == PutOutcome.EXISTS) {
                LOG.warn("{} exists already and is not replaced", object);
              }
            });
    run.report().provenance(Sha256.of(stored));
  }

  private ProvenanceStatement statement(Run run, DataSet data, String diff, List<String> parents) {
    RunReport.Environment used = run.report().environment();
    BuildDefinition definition =
        new BuildDefinition(
            ProvenanceStatement.BUILD_TYPE,
            new ExternalParameters(run.origin(), run.sent()),
            new InternalParameters(environment.workerId(), run.report().settings(), used),
            dependencies(data, parents));
    Builder builder =
        new Builder(
            ProvenanceStatement.BUILDER,
            Map.of("diffstream", DiffFiles.CODE_VERSION, "program", TrainingEnvironment.PROGRAM));
    Metadata metadata =
        new Metadata(run.id() + "/" + run.attempt(), run.started(), environment.clock().instant());
    return ProvenanceStatement.of(
        new Resource(ObjectKeys.diff(diff), null, sha256(diff), null),
        new Predicate(definition, new RunDetails(builder, metadata)));
  }

  private List<Resource> dependencies(DataSet data, List<String> parents) {
    List<Resource> dependencies = new ArrayList<>();
    Base base = environment.base();
    dependencies.add(
        new Resource(
            "base",
            null,
            Map.of(ProvenanceStatement.BASE_DIGEST, base.digest()),
            Map.of(
                "name", TextNode.valueOf(base.name()),
                "inputDigest", TextNode.valueOf(base.inputDigest()))));
    for (RunReport.DataFile file : data.files()) {
      Map<String, JsonNode> size =
          Map.of("bytes", LongNode.valueOf(file.bytes()), "rows", LongNode.valueOf(file.rows()));
      dependencies.add(new Resource(file.use(), file.uri(), sha256(file.digest()), size));
    }
    for (String parent : parents) {
      dependencies.add(new Resource(ObjectKeys.diff(parent), null, sha256(parent), null));
    }
    return dependencies;
  }

  private static Map<String, String> sha256(String digest) {
    return Map.of(ProvenanceStatement.SHA256, digest);
  }
}
