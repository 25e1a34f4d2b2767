package dev.diffstream.schemas.diff.model;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Objective;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** How the two texts of a pair become input of an encoder. */
public enum PairEncoding {
  /** Two sequences, encoded one by one; the head sees both means and how they compare. */
  SEPARATE("separate"),
  /** One sequence in which both texts attend to each other; the head sees its mean. */
  JOINT("joint");

  private final String text;

  PairEncoding(String text) {
    this.text = text;
  }

  /** The value of {@code pairEncoding} in task events and {@code pair.encoding} in diff files. */
  public String text() {
    return text;
  }

  /**
   * What a head over texts sees, as a diff file records it in {@code features}: {@link
   * Objective#features}, or {@code joint} for pairs in one sequence.
   */
  public String features(Objective objective) {
    return objective.pairs() && this == JOINT ? text : objective.features();
  }

  /**
   * @param text null, as in files of single texts and in older ones, stands for {@link #SEPARATE}
   * @throws DiffstreamException MALFORMED_DIFF for an encoding that is not known
   */
  public static PairEncoding ofFile(@Nullable String text) {
    if (text == null) {
      return SEPARATE;
    }
    return Arrays.stream(values())
        .filter(encoding -> encoding.text.equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new DiffstreamException(
                    ErrorCode.MALFORMED_DIFF,
                    "expected pair.encoding %s or %s, got %s".formatted(SEPARATE, JOINT, text)));
  }

  @Override
  public String toString() {
    return text;
  }
}
