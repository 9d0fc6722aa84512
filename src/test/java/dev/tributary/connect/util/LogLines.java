package dev.tributary.connect.util;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.Property;

/** What a class logs at INFO and above, while this is open. */
public final class LogLines implements AutoCloseable {

  private final Logger logger;
  private final Lines lines = new Lines();

  private LogLines(Class<?> type) {
    Configurator.setLevel(type.getName(), Level.INFO);
    logger = (Logger) LogManager.getLogger(type);
    lines.start();
    logger.addAppender(lines);
  }

  public static LogLines of(Class<?> type) {
    return new LogLines(type);
  }

  /** Takes out the lines since the last call, each after its level. */
  public List<String> take() {
    List<String> taken = new ArrayList<>(lines.texts);
    lines.texts.clear();
    return taken;
  }

  @Override
  public void close() {
    logger.removeAppender(lines);
    Configurator.setLevel(logger.getName(), Level.WARN);
  }

  private static final class Lines extends AbstractAppender {
    final List<String> texts = new CopyOnWriteArrayList<>();

    Lines() {
      super("lines", null, null, true, Property.EMPTY_ARRAY);
    }

    @Override
    public void append(LogEvent event) {
      texts.add(event.getLevel() + " " + event.getMessage().getFormattedMessage());
    }
  }
}
