// SPDX-License-Identifier: Apache-2.0
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** {@code size=8 id:u32@0 kind:u8@4} */
final class Schema {
  final int size;
  private final List<Field> fields = new ArrayList<>();

  private record Field(String name, String type, int offset) {}

  Schema(String text) {
    String[] words = text.split(" ");
    size = Integer.parseInt(words[0].substring(words[0].indexOf('=') + 1));
    for (int i = 1; i < words.length; i++) {
      String[] parts = words[i].split("[:@]");
      fields.add(new Field(parts[0], parts[1], Integer.parseInt(parts[2])));
    }
  }

  byte[] pack(String values) {
    Map<String, String> given = new HashMap<>();
    for (String word : values.split(" ")) {
      given.put(word.substring(0, word.indexOf('=')), word.substring(word.indexOf('=') + 1));
    }
    ByteBuffer bytes = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
    for (Field field : fields) {
      String text = given.get(field.name);
      int at = field.offset;
      switch (field.type) {
        case "u8", "i8" -> bytes.put(at, (byte) Integer.parseInt(text));
        case "u16", "i16" -> bytes.putShort(at, (short) Integer.parseInt(text));
        case "u32", "i32" -> bytes.putInt(at, (int) Long.parseLong(text));
        case "u64" -> bytes.putLong(at, Long.parseUnsignedLong(text));
        case "i64" -> bytes.putLong(at, Long.parseLong(text));
        case "f32" -> bytes.putFloat(at, Float.parseFloat(text));
        case "f64" -> bytes.putDouble(at, Double.parseDouble(text));
        default -> throw new Refused(22, "there is no type '" + field.type + "'");
      }
    }
    return bytes.array();
  }

  String unpack(ByteBuffer bytes) {
    if (bytes.remaining() != size) {
      throw new Refused(74, bytes.remaining() + " bytes are no message of " + size);
    }
    StringJoiner words = new StringJoiner(" ");
    for (Field field : fields) {
      int at = field.offset;
      words.add(
          field.name
              + "="
              + switch (field.type) {
                case "u8" -> String.valueOf(bytes.get(at) & 0xff);
                case "i8" -> String.valueOf(bytes.get(at));
                case "u16" -> String.valueOf(bytes.getShort(at) & 0xffff);
                case "i16" -> String.valueOf(bytes.getShort(at));
                case "u32" -> Integer.toUnsignedString(bytes.getInt(at));
                case "i32" -> String.valueOf(bytes.getInt(at));
                case "u64" -> Long.toUnsignedString(bytes.getLong(at));
                case "i64" -> String.valueOf(bytes.getLong(at));
                case "f32" -> String.valueOf(bytes.getFloat(at));
                case "f64" -> String.valueOf(bytes.getDouble(at));
                default -> throw new Refused(22, "there is no type '" + field.type + "'");
              });
    }
    return words.toString();
  }
}
