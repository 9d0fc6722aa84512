package dev.tributary.connect.sink.progress;

import dev.tributary.connect.kafka.StateUnavailableError;

/** Why a task stops whose progress is gone or cannot be read. */
final class LostProgress {

  private LostProgress() {}

  /** Decodes a progress record, or stops the task. */
  static ProgressRecord decode(SourceId source, byte[] bytes) {
    try {
      return ProgressRecord.decode(bytes);
    } catch (IllegalArgumentException e) {
      throw new StateUnavailableError(
          "The progress of "
              + source.partition()
              + " cannot be read: "
              + e.getMessage()
              + ". The task stops, nothing is lost. Run the version of the plugin that wrote it, or"
              + " a later one.",
          e);
    }
  }

  /** An offset was committed on top of progress that is not there. */
  static StateUnavailableError gone(SourceId source) {
    return new StateUnavailableError(
        "The progress of "
            + source.partition()
            + " is gone from its topic, while the offset of connector "
            + source.connector()
            + " was committed on top of it. Which rows were inserted since that commit is unknown,"
            + " so the task stops. To continue, stop the connector, set the offset of the partition"
            + " through the REST API, to the same one or to where the table ends, and resume it:"
            + " rows from there on are inserted again.");
  }
}
