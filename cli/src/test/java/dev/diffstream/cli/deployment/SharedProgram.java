package dev.diffstream.cli.deployment;

/** A program of one class, which says hello. */
final class SharedProgram {
  private SharedProgram() {}

  public static void main(String[] arguments) {
    System.out.println("hello");
  }
}
