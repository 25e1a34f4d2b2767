package dev.diffstream.gateway.output;

import dev.diffstream.gateway.model.Answer;
import dev.diffstream.gateway.model.Probabilities;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.json.Json;
import java.util.ArrayList;
import java.util.List;

/** The outputs of a task's answers, by its objective; docs/objectives.md has the table. */
public final class TaskOutputs {
  private static final float THRESHOLD = 0.5f;

  private TaskOutputs() {}

  public static List<TensorMetadata> metadata(DiffMetadata task) {
    int labels = task.labels().size();
    return switch (task.objective().labelling()) {
      case CLASS -> List.of(bytes("label"), scores(labels));
      case NUMBER -> List.of(new TensorMetadata("score", "FP32", List.of(-1)));
      case LABEL_SET -> List.of(bytes("labels"), scores(labels));
      case TAGS -> List.of(bytes("entities"), bytes("tags"));
      case NONE -> List.of(bytes("fills"));
    };
  }

  public static List<OutputTensor> of(DiffMetadata task, List<Answer> answers) {
    List<String> labels = task.labels();
    return switch (task.objective().labelling()) {
      case CLASS -> List.of(label(answers, labels), probabilities(answers, false));
      case NUMBER -> List.of(score(answers));
      case LABEL_SET -> List.of(labelSets(answers, labels), probabilities(answers, true));
      case TAGS -> tagged(answers, labels);
      case NONE ->
          List.of(
              bytes(
                  "fills",
                  answers.stream()
                      .map(answer -> Json.writeText(((Answer.Filled) answer).fills()))
                      .toList()));
    };
  }

  private static TensorMetadata bytes(String name) {
    return new TensorMetadata(name, "BYTES", List.of(-1));
  }

  private static TensorMetadata scores(int labels) {
    return new TensorMetadata("scores", "FP32", List.of(-1, labels));
  }

  private static OutputTensor bytes(String name, List<String> data) {
    return new OutputTensor(name, "BYTES", List.of(data.size()), data);
  }

  private static float[] logits(Answer answer) {
    return ((Answer.Scores) answer).logits();
  }

  private static OutputTensor score(List<Answer> answers) {
    List<Float> data = answers.stream().map(answer -> logits(answer)[0]).toList();
    return new OutputTensor("score", "FP32", List.of(data.size()), data);
  }

  private static OutputTensor label(List<Answer> answers, List<String> labels) {
    return bytes(
        "label",
        answers.stream().map(answer -> labels.get(Probabilities.largest(logits(answer)))).toList());
  }

  private static OutputTensor probabilities(List<Answer> answers, boolean eachAlone) {
    List<Float> data = new ArrayList<>();
    for (Answer answer : answers) {
      float[] logits = logits(answer);
      for (float probability :
          eachAlone ? Probabilities.sigmoid(logits) : Probabilities.softmax(logits)) {
        data.add(probability);
      }
    }
    int width = logits(answers.getFirst()).length;
    return new OutputTensor("scores", "FP32", List.of(answers.size(), width), data);
  }

  private static OutputTensor labelSets(List<Answer> answers, List<String> labels) {
    List<String> data = new ArrayList<>();
    for (Answer answer : answers) {
      float[] probabilities = Probabilities.sigmoid(logits(answer));
      List<String> set = new ArrayList<>();
      for (int i = 0; i < probabilities.length; i++) {
        if (probabilities[i] > THRESHOLD) {
          set.add(labels.get(i));
        }
      }
      data.add(Json.writeText(set));
    }
    return bytes("labels", data);
  }

  private static List<OutputTensor> tagged(List<Answer> answers, List<String> labels) {
    List<String> entities = new ArrayList<>();
    List<String> tags = new ArrayList<>();
    for (Answer each : answers) {
      WordTags found = WordTags.of((Answer.Tagged) each, labels);
      tags.add(String.join(" ", found.tags()));
      entities.add(Json.writeText(Entity.of(found)));
    }
    return List.of(bytes("entities", entities), bytes("tags", tags));
  }
}
