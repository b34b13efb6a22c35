package dev.gatehouse.admin.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TokenTest {

  private static final String SECRET = "0123456789abcdef0123456789abcdef";

  @Test
  void tokenIsRecognised() {
    var token = Token.of(SECRET, "here");
    assertThat(token.isIn("Bearer " + SECRET)).isTrue();
    assertThat(token.isIn("bearer " + SECRET)).isTrue();
    assertThat(token.isIn("Bearer " + SECRET + "0")).isFalse();
    assertThat(token.isIn("Bearer " + SECRET.substring(1))).isFalse();
    assertThat(token.isIn("Basic " + SECRET)).isFalse();
    assertThat(token.isIn(SECRET)).isFalse();
    assertThat(token.isIn("Bearer ")).isFalse();
    assertThat(token.isIn(null)).isFalse();
  }

  /** Computed with {@code printf %s … | sha256sum}. */
  @Test
  void hashIsAsGood() {
    var token = Token.ofHash("3b10e7fce9d6f9b2d2bd3f0d17e1de7a4ffa0a2ad1ca97ccd3a7ea1c4b2b3b1a");
    assertThat(token.isIn("Bearer " + SECRET)).isFalse();
    assertThat(Token.ofHash(HASH).isIn("Bearer " + SECRET)).isTrue();
  }

  private static final String HASH =
      "3eb1bd439947eb762998e566ccc2e099c791118b2f40579cc4f7da2b5061b7f9";

  @Test
  void whatCanBeGuessedIsRefused() {
    assertThatThrownBy(() -> Token.of("short", "the file"))
        .hasMessageContaining("has 5 characters")
        .hasMessageNotContainingAny("short");
    assertThatThrownBy(() -> Token.of("a".repeat(513), "the file")).hasMessageContaining("513");
    assertThatThrownBy(() -> Token.of("a b".repeat(20), "the file"))
        .hasMessageContaining("cannot stand in a header");
    assertThatThrownBy(() -> Token.ofHash("abc")).hasMessageContaining("64 hexadecimal digits");
  }
}
