package dev.tributary.connect.sink.clickhouse;

/**
 * How far a server comes with an insert: first it writes the parts of the table, one for each of
 * its partitions, then it hands the rows on to the views, one after the other.
 *
 * @param written how many parts are stored, in the order in which the block first names them
 * @param logged how many more have their token but not their rows: where a server was killed
 * @param views how many views got the rows; none unless all parts of the table are stored
 */
public record Reach(int written, int logged, int views) {

  private static final int ALL_OF_THEM = Integer.MAX_VALUE;

  /** It has not begun. */
  public static final Reach NOTHING = partitions(0);

  /** The table has its rows, no view has. */
  public static final Reach TABLE = partitions(ALL_OF_THEM);

  /** It is done. */
  public static final Reach ALL = new Reach(ALL_OF_THEM, 0, ALL_OF_THEM);

  /** The first {@code written} partitions of the table have their rows. */
  public static Reach partitions(int written) {
    return new Reach(written, 0, 0);
  }

  /** Of the first partitions the rows are there, of the next ones only the tokens. */
  public static Reach killedAfter(int written, int logged) {
    return new Reach(written, logged, 0);
  }

  /** The tokens of all partitions are there, no row is. */
  public static Reach tokensOnly() {
    return killedAfter(0, ALL_OF_THEM);
  }

  boolean writes(int part) {
    return part < written;
  }

  boolean logs(int part) {
    return part < (long) written + logged;
  }

  boolean pushes(int view) {
    return view < views;
  }
}
