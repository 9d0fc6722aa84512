package dev.tributary.connect.util;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.jspecify.annotations.Nullable;

/** One group of a plugin's settings, which keeps the order in which they are added. */
public final class SettingGroup {
  private final ConfigDef def;
  private final String name;
  private int order;

  public SettingGroup(ConfigDef def, String name) {
    this.def = def;
    this.name = name;
  }

  public void add(
      String key,
      ConfigDef.Type type,
      Object defaultValue,
      ConfigDef.@Nullable Validator validator,
      Importance importance,
      Width width,
      String display,
      String doc) {
    def.define(key, type, defaultValue, validator, importance, doc, name, ++order, width, display);
  }
}
