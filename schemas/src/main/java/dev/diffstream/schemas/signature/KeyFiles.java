package dev.diffstream.schemas.signature;

import dev.diffstream.schemas.FileFault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Keys in files. Whatever is wrong with a file is an {@link IllegalArgumentException} that names it
 * and never repeats its content.
 */
public final class KeyFiles {
  public static final String SIGNING_KEY = "signing-key.pem";
  public static final String VERIFICATION_KEY = "verification-key.pem";

  private static final long MAX_BYTES = 1 << 20;

  private KeyFiles() {}

  /** The private key in a PEM file. */
  public static SigningKey signingKey(Path file) {
    return SigningKey.read(text(file), file.toString());
  }

  /**
   * Makes a key pair: {@value #SIGNING_KEY}, readable by its owner alone, and {@value
   * #VERIFICATION_KEY} in {@code directory}, which is made where it is missing.
   *
   * @throws IllegalArgumentException if a key is there already; none is ever overwritten
   */
  public static SigningKey createPair(Path directory) {
    Path secret = directory.resolve(SIGNING_KEY);
    Path open = directory.resolve(VERIFICATION_KEY);
    for (Path file : List.of(secret, open)) {
      if (Files.exists(file)) {
        throw new IllegalArgumentException(file + " is there already, and is left as it is");
      }
    }
    try {
      Files.createDirectories(directory);
      SigningKey key = SigningKey.generate();
      Files.writeString(open, key.verificationKey().pem(), StandardOpenOption.CREATE_NEW);
      createForOwner(secret);
      Files.writeString(secret, key.pem());
      return key;
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "no keys can be written to " + directory + ": " + FileFault.of(e, directory), e);
    }
  }

  private static void createForOwner(Path file) throws IOException {
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } else {
      Files.createFile(file);
    }
  }

  /**
   * All public keys in these PEM files. A directory stands for every {@code *.pem} directly in it
   * but private keys, such as the one that {@link #createPair} puts there, and must have one; the
   * answer is never empty.
   */
  public static TrustedKeys trustedKeys(List<Path> paths) {
    List<VerificationKey> keys = new ArrayList<>();
    for (Path path : paths) {
      if (Files.isDirectory(path)) {
        keys.addAll(keysIn(path));
      } else {
        keys.addAll(VerificationKey.read(text(path), path.toString()));
      }
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("expected files with public keys, found none");
    }
    return new TrustedKeys(keys);
  }

  private static List<VerificationKey> keysIn(Path directory) {
    List<VerificationKey> keys = new ArrayList<>();
    for (Path file : pemFiles(directory)) {
      String text = text(file);
      if (!Pem.isSecret(text)) {
        keys.addAll(VerificationKey.read(text, file.toString()));
      }
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException(
          directory + ": expected public keys in files *.pem, found only private ones");
    }
    return keys;
  }

  private static List<Path> pemFiles(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      List<Path> found = files.filter(f -> f.toString().endsWith(".pem")).sorted().toList();
      if (found.isEmpty()) {
        throw new IllegalArgumentException(
            directory + ": expected public keys in files *.pem, found none");
      }
      return found;
    } catch (IOException e) {
      throw new IllegalArgumentException(
          directory + " cannot be listed: " + FileFault.of(e, directory), e);
    }
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new IllegalArgumentException(
            file + ": expected a key in PEM, found " + Files.size(file) + " bytes");
      }
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new IllegalArgumentException(file + " cannot be read: " + FileFault.of(e, file), e);
    }
  }
}
