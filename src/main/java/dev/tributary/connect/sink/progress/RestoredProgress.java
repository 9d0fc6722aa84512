package dev.tributary.connect.sink.progress;

import dev.tributary.connect.sink.offsets.OffsetSet;
import java.util.Map;

/**
 * The progress that a new owner restores.
 *
 * @param newEpoch whether the partition starts over in a new epoch, whose {@link
 *     ProgressWriter#metadata} must be committed before anything is inserted
 * @param doneOffsets the offsets that are done
 * @param intents the open intents, in order, each with the offsets that are stored in its table
 */
public record RestoredProgress(
    boolean newEpoch, DoneOffsets doneOffsets, Map<Intent, OffsetSet> intents) {}
