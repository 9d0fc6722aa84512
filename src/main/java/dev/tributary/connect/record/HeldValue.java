package dev.tributary.connect.record;

import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Replaces the value of a record that a transform holds back, on its way to the sink.
 *
 * <p>A transform cannot hold a record back by returning null: the framework would count the record
 * as done. It returns the record with this value instead. Our transforms pass it on; the sink takes
 * it out, stores nothing for it, and commits no offset at or above it until the transform has
 * released it.
 */
public interface HeldValue {

  /**
   * The sink has received this record in place of the one that is held back. Whatever is released
   * later has to be derived from it, because only this record leads the framework to the original
   * bytes when the released one fails.
   */
  void replacedBy(SinkRecord record);
}
