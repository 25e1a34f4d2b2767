package dev.diffstream.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;

/** Whether a directory keeps user extended attributes, where the embedded store puts metadata. */
final class ExtendedAttributes {
  private ExtendedAttributes() {}

  /** Writes and reads one attribute of a scratch file in {@code directory}. */
  static void probe(Path directory) throws IOException {
    Path file = Files.createTempFile(directory, ".xattr-probe", "");
    try {
      if (!keepsOne(file)) {
        throw new IOException(
            "The file system under "
                + directory
                + " does not keep user extended attributes, where the embedded object store puts"
                + " metadata. Choose a directory on ext4, xfs, btrfs or a tmpfs of Linux 6.6 or"
                + " newer, or use an S3 server of your own.");
      }
    } finally {
      Files.delete(file);
    }
  }

  private static boolean keepsOne(Path file) {
    UserDefinedFileAttributeView view =
        Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
    if (view == null) {
      return false;
    }
    ByteBuffer value = StandardCharsets.US_ASCII.encode("kept");
    try {
      view.write("diffstream.probe", value.duplicate());
      ByteBuffer read = ByteBuffer.allocate(value.capacity());
      view.read("diffstream.probe", read);
      return read.flip().equals(value);
    } catch (IOException | UnsupportedOperationException unsupported) {
      return false;
    }
  }
}
