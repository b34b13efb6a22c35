package dev.gatehouse.launcher.remote;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.zxing.BarcodeFormat;
import com.google.zxing.BinaryBitmap;
import com.google.zxing.DecodeHintType;
import com.google.zxing.MultiFormatReader;
import com.google.zxing.NotFoundException;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.common.HybridBinarizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QrTextTest {

  private static final int SCALE = 4;

  /** What a scanner sees of the text on a terminal, and what it makes of it. */
  private static String scanned(String text) throws NotFoundException {
    var lines =
        text.lines()
            .map(line -> line.replace("\u001b[30;107m", "").replace("\u001b[0m", ""))
            .toList();
    int width = lines.getFirst().length() * SCALE;
    int height = lines.size() * 2 * SCALE;
    var pixels = new int[width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int row = y / SCALE;
        char c = lines.get(row / 2).charAt(x / SCALE);
        boolean dark = c == '█' || c == (row % 2 == 0 ? '▀' : '▄');
        pixels[y * width + x] = dark ? 0xff000000 : 0xffffffff;
      }
    }
    var image =
        new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(width, height, pixels)));
    return new MultiFormatReader()
        .decode(
            image,
            Map.of(
                DecodeHintType.POSSIBLE_FORMATS,
                List.of(BarcodeFormat.QR_CODE),
                DecodeHintType.CHARACTER_SET,
                "UTF-8"))
        .getText();
  }

  @Test
  void scannerReadsConfigurationFromTerminal() throws NotFoundException {
    var config =
        """
        # alice, a client of Gatehouse
        [Interface]
        PrivateKey = YWxpY2VhbGljZWFsaWNlYWxpY2VhbGljZWFsaWNlYWw=
        Address = 10.99.0.2/32, fd99::2/128
        MTU = 1420

        [Peer]
        PublicKey = R2F0ZWhvdXNlR2F0ZWhvdXNlR2F0ZWhvdXNlR2F0ZWg=
        Endpoint = 192.0.2.1:51820
        AllowedIPs = 10.99.0.1/32, fd99::1/128, 10.0.0.0/8
        PersistentKeepalive = 25
        """;
    var code = QrText.encode(config.getBytes(StandardCharsets.UTF_8)).orElseThrow();

    assertThat(scanned(QrText.halfBlocks(code))).isEqualTo(config);
  }

  @Test
  void tooMuchForOneCodeIsSaid() {
    var bytes = new byte[3000];
    Arrays.fill(bytes, (byte) 'a');
    assertThat(QrText.encode(bytes)).isEmpty();
  }
}
