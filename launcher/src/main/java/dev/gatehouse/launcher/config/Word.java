package dev.gatehouse.launcher.config;

/**
 * A value from the command line or the environment, where nothing says what type it is: the key it
 * is for decides. Lists are separated by commas.
 *
 * @param text as it was given
 */
public record Word(String text) {}
