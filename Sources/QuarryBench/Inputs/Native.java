import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** What a Java program takes from malloc: compilers and their arenas, zlib's states, direct buffers. */
public final class Native {
  private static long state = 1;

  private static int below(int bound) {
    state = state * 6364136223846793005L + 1442695040888963407L;
    return (int) ((state >>> 33) % bound);
  }

  private static long compress(byte[] data) throws Exception {
    Deflater deflater = new Deflater(1 + below(6));
    deflater.setInput(data);
    deflater.finish();
    byte[] packed = new byte[data.length + 64];
    int length = deflater.deflate(packed);
    deflater.end();
    Inflater inflater = new Inflater();
    inflater.setInput(packed, 0, length);
    byte[] unpacked = new byte[data.length];
    if (inflater.inflate(unpacked) != data.length) throw new IllegalStateException("data lost");
    inflater.end();
    CRC32 sum = new CRC32();
    sum.update(unpacked);
    return sum.getValue();
  }

  public static void main(String[] arguments) throws Exception {
    long total = 0;
    List<ByteBuffer> buffers = new ArrayList<>();
    Map<String, Integer> words = new HashMap<>();
    for (int round = 0; round < Integer.parseInt(arguments[0]); round += 1) {
      byte[] data = new byte[1000 + below(20000)];
      for (int index = 0; index < data.length; index += 1) data[index] = (byte) ('a' + below(8));
      total += compress(data);
      ByteBuffer buffer = ByteBuffer.allocateDirect(100 + below(30000));
      buffer.putLong(0, round);
      buffers.add(buffer);
      if (buffers.size() > 200) total += buffers.remove(below(buffers.size())).getLong(0);
      for (int index = 0; index + 4 < 400; index += 4) {
        words.merge(new String(data, index, 4), 1, Integer::sum);
      }
    }
    System.out.println(total + words.size());
  }
}
