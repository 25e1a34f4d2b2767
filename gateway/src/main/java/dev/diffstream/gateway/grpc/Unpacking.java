package dev.diffstream.gateway.grpc;

import io.grpc.Codec;
import io.grpc.Decompressor;
import io.grpc.DecompressorRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/**
 * Messages that are compressed: gzip, and zlib streams, which gRPC calls deflate and the library
 * for Java does not read. A message is unpacked when it is read as one of its method; the library
 * begins before, and answers UNKNOWN to what has not the head of a gzip stream.
 */
final class Unpacking implements Decompressor {
  static final DecompressorRegistry REGISTRY =
      DecompressorRegistry.emptyInstance()
          .with(Codec.Identity.NONE, false)
          .with(new Unpacking("gzip", GZIPInputStream::new), true)
          .with(new Unpacking("deflate", InflaterInputStream::new), true);

  private interface Opening {
    InputStream open(InputStream compressed) throws IOException;
  }

  private final String encoding;
  private final Opening opening;

  private Unpacking(String encoding, Opening opening) {
    this.encoding = encoding;
    this.opening = opening;
  }

  @Override
  public String getMessageEncoding() {
    return encoding;
  }

  @Override
  public InputStream decompress(InputStream compressed) {
    return new AtFirstRead(compressed, opening);
  }

  private static final class AtFirstRead extends InputStream {
    private final Opening opening;
    private InputStream from;
    private boolean opened;

    AtFirstRead(InputStream compressed, Opening opening) {
      this.from = compressed;
      this.opening = opening;
    }

    private InputStream opened() throws IOException {
      if (!opened) {
        from = opening.open(from);
        opened = true;
      }
      return from;
    }

    @Override
    public int read() throws IOException {
      return opened().read();
    }

    @Override
    public int read(byte[] bytes, int at, int length) throws IOException {
      return opened().read(bytes, at, length);
    }

    @Override
    public void close() throws IOException {
      from.close();
    }
  }
}
