package dev.gatehouse.tun.windows.abi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Platform;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** jnr-ffi can bind the interfaces; that the libraries answer needs Windows. */
class BindingTest {

  @ParameterizedTest
  @ValueSource(classes = {Wintun.class, Kernel32.class, IpHelper.class})
  void everySignatureCanBeBound(Class<?> functions) {
    var bound =
        LibraryLoader.create(functions)
            .load(Platform.getNativePlatform().getStandardCLibraryName());
    assertThat(bound).isNotNull();
  }

  @Test
  void allFourteenFunctionsAreThereUnderTheNamesTheLibraryExports() {
    assertThat(Arrays.stream(Wintun.class.getMethods()).map(each -> each.getName()))
        .containsExactlyInAnyOrder(
            "WintunAllocateSendPacket",
            "WintunCloseAdapter",
            "WintunCreateAdapter",
            "WintunDeleteDriver",
            "WintunEndSession",
            "WintunGetAdapterLUID",
            "WintunGetReadWaitEvent",
            "WintunGetRunningDriverVersion",
            "WintunOpenAdapter",
            "WintunReceivePacket",
            "WintunReleaseReceivePacket",
            "WintunSendPacket",
            "WintunSetLogger",
            "WintunStartSession");
  }
}
