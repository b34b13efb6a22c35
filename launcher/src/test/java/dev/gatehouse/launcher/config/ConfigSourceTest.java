package dev.gatehouse.launcher.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigSourceTest {

  @TempDir Path directory;

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("gatehouse.toml"), text);
  }

  @Test
  void pathsAreRelativeToTheFile() throws IOException {
    var source = ConfigSource.file(file("[tun]\nkey = \"a.key\""));

    assertThat(source.section("tun", new ArrayList<>()).path("key").optional())
        .contains(directory.resolve("a.key"));
  }

  @Test
  void syntaxErrorsTellFileLineAndColumn() throws IOException {
    var broken = file("[tun]\nname = \"x\"\nmtu = = 5\n");

    var problem = catchThrowableOfType(GatehouseException.class, () -> ConfigSource.file(broken));

    assertThat(problem.code()).isEqualTo(StandardErrorCode.CONFIGURATION_INVALID);
    assertThat(problem.getMessage())
        .contains(broken.toString())
        .contains("line 3, column 7")
        .doesNotContain("\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a = 1\na = 2",
        "[x]\n[x]",
        "a = \"unclosed",
        "\u0000",
        "= 1",
        "[",
        "a",
        "a = 0x",
        "a = \"\\uD800\""
      })
  void whatIsNotTomlIsAConfigurationProblem(String text) {
    assertThatThrownBy(() -> ConfigSource.text(text))
        .isInstanceOfSatisfying(
            GatehouseException.class,
            problem ->
                assertThat(problem.code()).isEqualTo(StandardErrorCode.CONFIGURATION_INVALID));
  }

  @Test
  void deepNestingIsAProblemNotACrash() {
    assertThatThrownBy(() -> ConfigSource.text("a = " + "[".repeat(200_000)))
        .isInstanceOf(GatehouseException.class);
  }

  @Test
  void filesThatCannotBeReadSayWhy() throws IOException {
    assertThatThrownBy(() -> ConfigSource.file(directory.resolve("none.toml")))
        .hasMessageContaining("does not exist")
        .hasMessageContaining("-c");
    assertThatThrownBy(() -> ConfigSource.file(directory))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("cannot be read");
    var latin = Files.write(directory.resolve("latin.toml"), new byte[] {'#', (byte) 0xe4});
    assertThatThrownBy(() -> ConfigSource.file(latin)).hasMessageContaining("is not UTF-8 text");
    var huge = Files.writeString(directory.resolve("huge.toml"), "#".repeat(2_000_000));
    assertThatThrownBy(() -> ConfigSource.file(huge)).hasMessageContaining("larger than 1 MiB");
  }

  @Test
  void aValueWhereASectionBelongsIsAProblem() {
    var problems = new ArrayList<Problem>();
    ConfigSource.text("tun = 5").section("tun", problems);

    assertThat(problems)
        .hasToString("[tun: must be a section, written as [tun] on a line of its own.]");
  }
}
