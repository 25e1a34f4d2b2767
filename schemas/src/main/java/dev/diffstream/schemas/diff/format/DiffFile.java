package dev.diffstream.schemas.diff.format;

import static dev.diffstream.schemas.safetensors.Safetensors.malformed;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.codec.CompactTensors;
import dev.diffstream.schemas.diff.codec.PlainTensors;
import dev.diffstream.schemas.diff.codec.PositionCode;
import dev.diffstream.schemas.diff.codec.StoredTensors;
import dev.diffstream.schemas.diff.codec.StoredTensors.Listed;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.AuxiliaryTensor;
import dev.diffstream.schemas.diff.model.Diff.ProbeAnswers;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.safetensors.Safetensors;
import dev.diffstream.schemas.safetensors.Safetensors.Entry;
import dev.diffstream.schemas.safetensors.Safetensors.Header;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An opened diff file: header, directory and checksums are read and checked, positions and values
 * only when they are asked for, tensor by tensor. For one thread.
 *
 * <p>Files may come from strangers: whatever the specification forbids is MALFORMED_DIFF with the
 * offset of what is wrong, a later version UNSUPPORTED_VERSION. Whether the digest is the announced
 * one and the base the expected one is for the caller to check.
 */
public final class DiffFile {
  private static final int MAX_HEADER_BYTES = 16 << 20;

  private final ByteBuffer file;
  private final Header header;
  private final DiffMetadata metadata;
  private final Profile profile;
  private final StoredTensors tensors;
  private final PositionCode.Scratch scratch = new PositionCode.Scratch();

  private DiffFile(ByteBuffer file) {
    this.file = file.slice(0, file.limit()).order(ByteOrder.LITTLE_ENDIAN);
    this.header = Safetensors.read(this.file, MAX_HEADER_BYTES);
    MetadataText.checkVersion(header.metadata());
    HeaderText.check(this.file, header);
    Checksums.check(this.file, header);
    this.metadata = MetadataText.read(header.metadata());
    this.profile = MetadataText.profile(header.metadata());
    checkNames();
    this.tensors =
        switch (profile) {
          case COMPACT -> new CompactTensors(this.file, header.entries(), metadata.precision());
          case PLAIN ->
              new PlainTensors(
                  this.file,
                  header.entries(),
                  metadata.precision(),
                  MetadataText.shapes(header.metadata()));
        };
    checkNames();
    long nonzeros = tensors.list().stream().mapToLong(Listed::nonzeros).sum();
    if (nonzeros != metadata.nonzeros()) {
      throw malformed(
          8, metadata.nonzeros() + " nonzeros, as the metadata says", Long.toString(nonzeros));
    }
  }

  /** A name with a meaning in one profile is not free for others in the other. */
  private void checkNames() {
    for (Entry entry : header.entries().values()) {
      if (!TensorNames.isKnown(entry.name(), profile) && !TensorNames.isFree(entry.name())) {
        throw malformed(
            entry.offset(), "tensors of profile " + profile.text(), "one called " + entry.name());
      }
    }
  }

  /** Opens the bytes from 0 to the limit; they must not change. */
  public static DiffFile of(ByteBuffer file) {
    return new DiffFile(file);
  }

  /** Maps the file into memory. */
  public static DiffFile open(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size > Integer.MAX_VALUE) {
        throw new DiffstreamException(
            ErrorCode.MALFORMED_DIFF, path + ": expected less than 2 GiB, got " + size + " bytes");
      }
      return new DiffFile(channel.map(FileChannel.MapMode.READ_ONLY, 0, size));
    }
  }

  public DiffMetadata metadata() {
    return metadata;
  }

  public Profile profile() {
    return profile;
  }

  /** The changed parameters, in ascending order of name. */
  public List<Listed> tensors() {
    return tensors.list();
  }

  /** Every tensor of the file as safetensors lists it, by name. */
  public Map<String, Entry> entries() {
    return header.entries();
  }

  /**
   * Reads one tensor into the caller's arrays: flat, row-major positions, strictly ascending, and
   * what is added there.
   *
   * @param index in {@link #tensors()}
   * @param at where the first goes in both arrays
   */
  public void read(int index, int[] positions, float[] values, int at) {
    int end = at + tensors.list().get(index).nonzeros();
    if (end > positions.length || end > values.length) {
      throw new IllegalArgumentException(
          "no room for %d positions and values from %d in arrays of %d and %d"
              .formatted(end - at, at, positions.length, values.length));
    }
    tensors.read(index, positions, values, at, scratch);
  }

  /** Reads one tensor into the caller's buffers, at their positions. */
  public void read(int index, IntBuffer positions, FloatBuffer values) {
    int count = tensors.list().get(index).nonzeros();
    int[] readPositions = new int[count];
    float[] readValues = new float[count];
    tensors.read(index, readPositions, readValues, 0, scratch);
    positions.put(readPositions);
    values.put(readValues);
  }

  /** One tensor in arrays of its own. */
  public SparseTensor tensor(int index) {
    Listed listed = tensors.list().get(index);
    int[] positions = new int[listed.nonzeros()];
    float[] values = new float[listed.nonzeros()];
    tensors.read(index, positions, values, 0, scratch);
    return new SparseTensor(listed.name(), listed.shape(), positions, values);
  }

  public Diff.Head head() {
    Diff.Head head = new HeadTensors(file, header.entries()).head(metadata);
    checked(Outputs.fault(metadata, head, null));
    return head;
  }

  public @Nullable ProbeAnswers probes() {
    ProbeAnswers probes = new HeadTensors(file, header.entries()).probes();
    checked(Outputs.fault(metadata, head(), probes));
    return probes;
  }

  private static void checked(@Nullable String fault) {
    if (fault != null) {
      throw malformed(8, "outputs that agree", fault);
    }
  }

  /** The tensors that this program does not know. */
  public Map<String, AuxiliaryTensor> auxiliary() {
    Map<String, AuxiliaryTensor> auxiliary = new TreeMap<>();
    for (Entry entry : header.entries().values()) {
      if (!TensorNames.isKnown(entry.name(), profile)) {
        byte[] bytes = new byte[(int) entry.bytes()];
        file.get((int) entry.offset(), bytes);
        auxiliary.put(entry.name(), new AuxiliaryTensor(entry.dtype(), entry.shape(), bytes));
      }
    }
    return auxiliary;
  }

  /** All of it in memory. */
  public Diff toDiff() {
    List<SparseTensor> read = new ArrayList<>();
    for (int i = 0; i < tensors.list().size(); i++) {
      read.add(tensor(i));
    }
    return new Diff(metadata, read, head(), probes(), auxiliary());
  }
}
