package dev.diffstream.gateway.protocol;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServedAs;
import dev.diffstream.gateway.model.Answer;
import dev.diffstream.gateway.output.OutputTensor;
import dev.diffstream.gateway.output.TaskOutputs;
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

  /** The header, or response metadata, with the alias under which that diff answered. */
  public static final String ALIAS_HEADER = "diffstream-alias";

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
    ServedAs place = diff.servedAs();
    if (!place.equals(ServedAs.CHAMPION)) {
      parameters.put("alias", place.alias());
    }
    if (place.championFailure() != null) {
      parameters.put("champion_failure", place.championFailure().name());
    }
    return parameters;
  }
}
