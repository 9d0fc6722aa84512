package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.progress.Intent;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The request for the intents of all pieces of a batch, which is repeated after it has failed.
 * Thread-safe.
 */
final class IntentRequest {

  private final Supplier<CompletableFuture<List<Intent>>> request;
  private @Nullable CompletableFuture<List<Intent>> last;

  IntentRequest(Supplier<CompletableFuture<List<Intent>>> request) {
    this.request = request;
  }

  /** The intents, in the order of the pieces. */
  synchronized CompletableFuture<List<Intent>> get() {
    CompletableFuture<List<Intent>> current = last;
    if (current == null || current.isCompletedExceptionally()) {
      current = request.get();
      last = current;
    }
    return current;
  }
}
