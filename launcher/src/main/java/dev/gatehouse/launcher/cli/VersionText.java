package dev.gatehouse.launcher.cli;

import dev.gatehouse.launcher.runtime.BuildInfo;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class VersionText implements IVersionProvider {

  VersionText() {}

  @Override
  public String[] getVersion() {
    var build = BuildInfo.read();
    return new String[] {
      "gatehouse " + build.version() + " (revision " + build.revision() + ")",
      "Java " + BuildInfo.java(),
      BuildInfo.system()
    };
  }
}
