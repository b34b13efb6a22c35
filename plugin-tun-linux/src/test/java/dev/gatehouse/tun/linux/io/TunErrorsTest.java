package dev.gatehouse.tun.linux.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.tun.linux.core.Errno;
import dev.gatehouse.tun.linux.core.RouteReply;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What can go wrong is a sentence with the fix. */
class TunErrorsTest {

  @Test
  void aMissingDriverSaysHowToLoadIt() {
    for (int errno : new int[] {Errno.ENOENT, Errno.ENODEV, Errno.ENXIO}) {
      assertThat(TunErrors.cannotOpen(errno).code())
          .isEqualTo(StandardErrorCode.DEVICE_UNAVAILABLE);
      assertThat(TunErrors.cannotOpen(errno)).hasMessageContaining("modprobe tun");
    }
  }

  @Test
  void aMissingRightSaysWhichOne() {
    for (int errno : new int[] {Errno.EPERM, Errno.EACCES}) {
      var error = TunErrors.cannotAttach("gatehouse0", errno);
      assertThat(error.code()).isEqualTo(StandardErrorCode.PERMISSION_DENIED);
      assertThat(error).hasMessageContaining("root").hasMessageContaining("CAP_NET_ADMIN");
      assertThat(TunErrors.cannotOpen(errno).code()).isEqualTo(StandardErrorCode.PERMISSION_DENIED);
    }
  }

  @Test
  void aNameInUseSaysHowToChooseAnother() {
    assertThat(TunErrors.cannotAttach("gatehouse0", Errno.EBUSY))
        .hasMessageContaining("gatehouse0 is in use")
        .hasMessageContaining("[tun] name");
  }

  @Test
  void theKernelsOwnWordsAreTold() {
    var reply =
        new RouteReply(
            Errno.EINVAL, "mtu greater than device maximum", RouteReply.Link.NONE, false);
    assertThat(TunErrors.cannotConfigure("gatehouse0", "The MTU", reply))
        .hasMessageContaining("mtu greater than device maximum");
  }

  @Test
  void everyOtherNumberIsASentenceToo() {
    IntStream.range(1, 134)
        .forEach(errno -> {
          for (var error :
              new Exception[] {
                TunErrors.cannotOpen(errno),
                TunErrors.cannotAttach("gatehouse0", errno),
                TunErrors.noNetlink(errno)
              }) {
            assertThat(error.getMessage()).endsWith(".").doesNotContain("null");
          }
        });
  }
}
