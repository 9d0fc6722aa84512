package dev.tributary.connect.util;

/**
 * Names a transform of a connector's task, on a worker and in logs.
 *
 * @param type the simple name of the transform's class
 * @param alias the transform's name in the connector's {@code transforms}
 */
public record TransformId(String type, String connector, String task, String alias) {

  @Override
  public String toString() {
    return type + "{" + connector + "-" + task + "/" + alias + "}";
  }
}
