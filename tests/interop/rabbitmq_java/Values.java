// Properties and headers between the test's JSON and the Java client's types.
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.rabbitmq.client.AMQP;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

final class Values {
    private Values() {}

    static Object toNative(JsonArray pair) {
        JsonElement value = pair.get(1);
        switch (pair.get(0).getAsString()) {
            case "bool": return value.getAsBoolean();
            case "int": return value.getAsLong();
            case "double": return value.getAsDouble();
            case "text": return value.getAsString();
            case "bytes": return Base64.getDecoder().decode(value.getAsString());
            case "time": return new Date(value.getAsLong() * 1000);
            case "decimal":
                BigInteger digits = value.getAsJsonArray().get(1).getAsBigInteger();
                return new BigDecimal(digits, value.getAsJsonArray().get(0).getAsInt());
            case "array":
                List<Object> array = new ArrayList<>();
                for (JsonElement item : value.getAsJsonArray()) array.add(toNative(item.getAsJsonArray()));
                return array;
            case "table": return toTable(value.getAsJsonArray());
            default: return null;
        }
    }

    static Map<String, Object> toTable(JsonArray pairs) {
        Map<String, Object> table = new HashMap<>();
        if (pairs == null) return table;
        for (JsonElement one : pairs) {
            JsonArray pair = one.getAsJsonArray();
            table.put(pair.get(0).getAsString(), toNative(pair.get(1).getAsJsonArray()));
        }
        return table;
    }

    static List<Object> toPair(Object value) {
        if (value == null) return Arrays.asList("null", null);
        if (value instanceof Boolean) return List.of("bool", value);
        if (value instanceof Double || value instanceof Float) return List.of("double", value);
        if (value instanceof Date date) return List.of("time", date.getTime() / 1000);
        if (value instanceof byte[] bytes) return List.of("bytes", Base64.getEncoder().encodeToString(bytes));
        if (value instanceof BigDecimal number)
            return List.of("decimal", List.of(number.scale(), number.unscaledValue()));
        if (value instanceof Number) return List.of("int", value);
        if (value instanceof Map<?, ?> table) return List.of("table", toPairs(table));
        if (value instanceof List<?> items)
            return List.of("array", items.stream().map(Values::toPair).toList());
        return List.of("text", value.toString());
    }

    static List<Object> toPairs(Map<?, ?> table) {
        List<Object> pairs = new ArrayList<>();
        if (table == null) return pairs;
        new TreeMap<>(table).forEach((name, value) -> pairs.add(List.of(name, toPair(value))));
        return pairs;
    }

    private static String text(JsonObject from, String name) {
        return from.has(name) ? from.get(name).getAsString() : null;
    }

    private static Integer number(JsonObject from, String name) {
        return from.has(name) ? from.get(name).getAsInt() : null;
    }

    static AMQP.BasicProperties toProperties(JsonObject from) {
        var builder = new AMQP.BasicProperties.Builder()
            .contentType(text(from, "content_type")).contentEncoding(text(from, "content_encoding"))
            .deliveryMode(number(from, "delivery_mode")).priority(number(from, "priority"))
            .correlationId(text(from, "correlation_id")).replyTo(text(from, "reply_to"))
            .expiration(text(from, "expiration")).messageId(text(from, "message_id")).type(text(from, "type"))
            .userId(text(from, "user_id")).appId(text(from, "app_id"));
        if (from.has("timestamp")) builder.timestamp(new Date(from.get("timestamp").getAsLong() * 1000));
        if (from.has("headers")) builder.headers(toTable(from.getAsJsonArray("headers")));
        return builder.build();
    }

    static Map<String, Object> fromProperties(AMQP.BasicProperties from) {
        Map<String, Object> found = new HashMap<>();
        found.put("content_type", from.getContentType());
        found.put("content_encoding", from.getContentEncoding());
        found.put("delivery_mode", from.getDeliveryMode());
        found.put("priority", from.getPriority());
        found.put("correlation_id", from.getCorrelationId());
        found.put("reply_to", from.getReplyTo());
        found.put("expiration", from.getExpiration());
        found.put("message_id", from.getMessageId());
        found.put("timestamp", from.getTimestamp() == null ? null : from.getTimestamp().getTime() / 1000);
        found.put("type", from.getType());
        found.put("user_id", from.getUserId());
        found.put("app_id", from.getAppId());
        found.put("headers", toPairs(from.getHeaders()));
        return found;
    }
}
