package dev.tributary.connect.state;

import dev.tributary.connect.util.TransformId;
import java.util.Collection;
import org.apache.kafka.common.TopicPartition;

/** The state of a transform that keeps none; a test overrides what it looks at. */
public class StubMember implements TaskScope.Member {

  private final TransformId id;

  public StubMember(String alias) {
    id = new TransformId("Stub", "shop", "0", alias);
  }

  @Override
  public TransformId id() {
    return id;
  }

  @Override
  public void flush() {}

  @Override
  public void closed(Collection<TopicPartition> partitions) {}

  @Override
  public void close() {}
}
