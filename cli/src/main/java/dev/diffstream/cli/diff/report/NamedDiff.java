package dev.diffstream.cli.diff.report;

import dev.diffstream.cli.exchange.TaskFacts;
import dev.diffstream.cli.file.MappedFile;
import dev.diffstream.cli.file.OutputFile;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.arithmetic.SameBase;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.format.Profile;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.safetensors.Safetensors;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * A diff file that was read without fault.
 *
 * @param digest SHA-256 of its bytes: its name in the object store
 * @param metadata as the file says it
 */
public record NamedDiff(
    Path path, long bytes, String digest, Diff diff, Map<String, String> metadata) {

  /**
   * @throws DiffstreamException DATA_UNREADABLE, MALFORMED_DIFF with the offset, or
   *     UNSUPPORTED_VERSION
   */
  public static NamedDiff read(Path path) {
    return MappedFile.reading(
        path,
        bytes ->
            new NamedDiff(
                path,
                bytes.limit(),
                Sha256.of(bytes),
                DiffReader.read(bytes.duplicate()),
                Safetensors.read(bytes.duplicate()).metadata()));
  }

  /** The diff as others will read it: its values are those that the file's precision can hold. */
  public static Diff stored(Diff diff) {
    return DiffReader.read(ByteBuffer.wrap(DiffWriter.write(diff)));
  }

  /** Writes a compact file and reads it back. */
  public static NamedDiff write(Diff diff, Path path) {
    return write(diff, Profile.COMPACT, path);
  }

  /** Writes a diff in that profile and reads it back. */
  public static NamedDiff write(Diff diff, Profile profile, Path path) {
    OutputFile.write(path, out -> DiffWriter.write(diff, profile, out));
    return read(path);
  }

  /** For what is told of both by the names of their files. */
  public SameBase against(NamedDiff first) {
    return new SameBase(first.diff, first.path.toString(), diff, path.toString());
  }

  /** Number of values of each parameter that it changes. */
  public Map<String, Long> sizes() {
    Map<String, Long> sizes = new TreeMap<>();
    for (SparseTensor tensor : diff.tensors()) {
      sizes.put(tensor.name(), tensor.size());
    }
    return sizes;
  }

  public TaskFacts facts() {
    return TaskFacts.of(metadata, digest);
  }

  public String name() {
    return String.valueOf(path.getFileName());
  }
}
