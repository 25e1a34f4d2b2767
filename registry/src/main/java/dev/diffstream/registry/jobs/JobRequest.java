package dev.diffstream.registry.jobs;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for, in its field names; other fields are ignored.
 *
 * @param model name or digest of the base; {@code default}: the deployment's
 * @param suffix the task's id, where it can be one
 */
record JobRequest(
    @JsonProperty("training_file") String trainingFile,
    @JsonProperty("validation_file") @Nullable String validationFile,
    String model,
    @Nullable String suffix,
    @Nullable Long seed,
    @Nullable Map<String, JsonNode> hyperparameters,
    @Nullable Map<String, JsonNode> metadata) {}
