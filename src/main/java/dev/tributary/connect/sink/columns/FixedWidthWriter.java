package dev.tributary.connect.sink.columns;

/** A column whose rows all take the same number of bytes. */
abstract class FixedWidthWriter extends ScalarWriter {

  final int width;

  FixedWidthWriter(String type, int width) {
    super(type);
    this.width = width;
  }

  @Override
  public final int rows() {
    return data.size() / width;
  }

  @Override
  public void appendDefault() {
    data.putFill(0, width);
  }

  @Override
  final int start(int row) {
    return row * width;
  }

  /** Puts a number in the width of this column, at most eight bytes. */
  final void putNumber(long value) {
    switch (width) {
      case 1 -> data.putByte((int) value);
      case 2 -> data.putShort((int) value);
      case 4 -> data.putInt((int) value);
      default -> data.putLong(value);
    }
  }
}
