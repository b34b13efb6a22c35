package dev.gatehouse.launcher.config;

import dev.gatehouse.api.config.ConfigReader;

/** A key with a whole number while it is being read. */
final class NumberValue extends Value<Integer> implements ConfigReader.NumberKey {

  NumberValue(Section section, String key) {
    super(section, key, "whole number", Section::asInteger);
  }

  @Override
  public NumberValue describedAs(String sentence) {
    super.describedAs(sentence);
    return this;
  }

  @Override
  public NumberValue between(int smallest, int largest) {
    must(
        number -> number >= smallest && number <= largest,
        "be from " + smallest + " to " + largest);
    return this;
  }
}
