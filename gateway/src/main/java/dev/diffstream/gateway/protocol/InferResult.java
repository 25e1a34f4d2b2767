package dev.diffstream.gateway.protocol;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.model.Answer;
import dev.diffstream.gateway.output.OutputTensor;
import dev.diffstream.gateway.output.TaskOutputs;
import dev.diffstream.schemas.registry.AliasGeneration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a request is answered, before it is written for one of the protocols.
 *
 * @param diff which answered
 * @param outputs those that were asked for
 * @param truncated whether a text was cut
 */
public record InferResult(
    ResidentDiff diff, InferRequest request, List<OutputTensor> outputs, boolean truncated) {
  /** The header, or response metadata, with the version that answered. */
  public static final String VERSION_HEADER = "diffstream-version";

  /** The header, or response metadata, with the digest of the diff that answered. */
  public static final String DIGEST_HEADER = "diffstream-digest";

  public static InferResult of(
      ResidentDiff diff, InferRequest request, boolean truncated, List<Answer> answers) {
    List<OutputTensor> outputs =
        TaskOutputs.of(diff.metadata(), answers).stream()
            .filter(output -> request.requested().includes(output.name()))
            .toList();
    return new InferResult(diff, request, outputs, truncated);
  }

  /** What proves which diff answered, and the order of its scores. */
  public Map<String, Object> parameters() {
    Map<String, Object> parameters = new LinkedHashMap<>();
    parameters.put("version", diff.version());
    parameters.put("digest", diff.digest());
    parameters.put("base_digest", diff.metadata().baseDigest());
    parameters.put("labels", diff.metadata().labels());
    if (truncated) {
      parameters.put("truncated", true);
    }
    if (diff.championFailure() != null) {
      parameters.put("alias", AliasGeneration.PREVIOUS);
      parameters.put("champion_failure", diff.championFailure().name());
    }
    return parameters;
  }
}
