package dev.tributary.connect.join;

/** Who joins: the transform of a connector's task. */
public record JoinIdentity(String connector, String task, String alias) {

  @Override
  public String toString() {
    return "TemporalJoin{" + connector + "-" + task + "/" + alias + "}";
  }
}
