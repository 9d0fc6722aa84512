/** Access to a Kafka cluster beside the one that Connect gives the task: a port and its clients. */
@NullMarked
package dev.tributary.connect.kafka;

import org.jspecify.annotations.NullMarked;
