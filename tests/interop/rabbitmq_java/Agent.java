// The agent around RabbitMQ's Java client.
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.CancelCallback;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import com.rabbitmq.client.impl.ClientVersion;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

public class Agent {
    private static final Gson JSON = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();
    private static final long CONFIRM_LIMIT_MS = 60_000;

    /** A channel with what has come on it. */
    private static class Its {
        Channel channel;
        boolean confirms;
        final BlockingQueue<Delivery> arrived = new LinkedBlockingQueue<>();
        final BlockingQueue<String> cancelled = new LinkedBlockingQueue<>();
        final List<String> returned = new ArrayList<>();
    }

    private final ConnectionFactory factory = new ConnectionFactory();
    private final Map<String, Connection> connections = new HashMap<>();
    private final List<Its> channels = new ArrayList<>();
    private Steady steady;

    private Object hello(JsonObject r) {
        String[] parts = r.get("address").getAsString().split(":");
        factory.setHost(parts[0]);
        factory.setPort(Integer.parseInt(parts[1]));
        factory.setNetworkRecoveryInterval(200);
        String client = "RabbitMQ's Java client " + ClientVersion.VERSION;
        return Map.of("client", client, "codecs", List.of(), "lacks", List.of());
    }

    private Object open(JsonObject r) throws Exception {
        String name = r.get("connection").getAsString();
        Connection connection = connections.get(name);
        if (connection == null || !connection.isOpen()) {
            connection = factory.newConnection();
            connections.put(name, connection);
        }
        Its its = new Its();
        its.channel = connection.createChannel();
        its.confirms = r.get("confirms").getAsBoolean();
        if (its.confirms) its.channel.confirmSelect();
        its.channel.addReturnListener(back -> its.returned.add(encode(back.getBody())));
        channels.add(its);
        return channels.size() - 1;
    }

    private static String encode(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static String text(JsonObject r, String name) {
        return r.get(name).getAsString();
    }

    private static boolean flag(JsonObject r, String name) {
        return r.has(name) && r.get(name).getAsBoolean();
    }

    private static Object queue(Its its, JsonObject r) throws Exception {
        String name = text(r, "name");
        AMQP.Queue.DeclareOk ok = flag(r, "passive")
            ? its.channel.queueDeclarePassive(name)
            : its.channel.queueDeclare(name, flag(r, "durable"), flag(r, "exclusive"), flag(r, "auto_delete"),
                Values.toTable(r.getAsJsonArray("arguments")));
        return List.of(ok.getQueue(), ok.getMessageCount(), ok.getConsumerCount());
    }

    private static Object exchange(Its its, JsonObject r) throws Exception {
        if (flag(r, "passive")) its.channel.exchangeDeclarePassive(text(r, "name"));
        else its.channel.exchangeDeclare(text(r, "name"), text(r, "kind"), flag(r, "durable"));
        return null;
    }

    private static Object publish(Its its, JsonObject r) throws Exception {
        AMQP.BasicProperties properties = Values.toProperties(r.getAsJsonObject("properties"));
        its.returned.clear();
        int count = 0;
        for (var body : r.getAsJsonArray("bodies")) {
            byte[] bytes = Base64.getDecoder().decode(body.getAsString());
            its.channel.basicPublish(text(r, "exchange"), text(r, "key"), flag(r, "mandatory"), properties,
                bytes);
            ++count;
        }
        if (its.confirms) its.channel.waitForConfirmsOrDie(CONFIRM_LIMIT_MS);
        return Map.of("acked", count - its.returned.size(), "returned", List.copyOf(its.returned));
    }

    private static Map<String, Object> toJson(Envelope envelope, AMQP.BasicProperties properties,
                                              byte[] body) {
        Map<String, Object> found = new HashMap<>();
        found.put("tag", envelope.getDeliveryTag());
        found.put("redelivered", envelope.isRedeliver());
        found.put("exchange", envelope.getExchange());
        found.put("key", envelope.getRoutingKey());
        found.put("body", encode(body));
        found.put("properties", Values.fromProperties(properties));
        return found;
    }

    private static Object get(Its its, JsonObject r) throws Exception {
        var got = its.channel.basicGet(text(r, "queue"), flag(r, "no_ack"));
        if (got == null) return null;
        var found = toJson(got.getEnvelope(), got.getProps(), got.getBody());
        found.put("count", got.getMessageCount());
        return found;
    }

    private static Object consume(Its its, JsonObject r) throws Exception {
        CancelCallback onCancel = its.cancelled::add;
        return its.channel.basicConsume(text(r, "queue"), flag(r, "no_ack"), text(r, "tag"), false,
            flag(r, "exclusive"), null, (tag, delivery) -> its.arrived.add(delivery), onCancel);
    }

    private static Object deliveries(Its its, JsonObject r) throws Exception {
        int count = r.get("count").getAsInt();
        long end = System.currentTimeMillis() + r.get("wait_ms").getAsLong();
        List<Object> found = new ArrayList<>();
        while (found.size() < count) {
            Delivery one = its.arrived.poll(end - System.currentTimeMillis(), TimeUnit.MILLISECONDS);
            if (one == null) break;
            found.add(toJson(one.getEnvelope(), one.getProperties(), one.getBody()));
        }
        return found;
    }

    private static Object settle(Its its, JsonObject r) throws Exception {
        long tag = r.get("tag").getAsLong();
        switch (text(r, "verdict")) {
            case "ack" -> its.channel.basicAck(tag, flag(r, "multiple"));
            case "nack" -> its.channel.basicNack(tag, flag(r, "multiple"), flag(r, "requeue"));
            default -> its.channel.basicReject(tag, flag(r, "requeue"));
        }
        return null;
    }

    private static Object cancelled(Its its, JsonObject r) throws Exception {
        String tag = its.cancelled.poll(r.get("wait_ms").getAsLong(), TimeUnit.MILLISECONDS);
        return tag == null ? List.of() : List.of(tag);
    }

    private Object onChannel(String op, JsonObject r) throws Exception {
        Its its = channels.get(r.get("channel").getAsInt());
        switch (op) {
            case "queue": return queue(its, r);
            case "exchange": return exchange(its, r);
            case "publish": return publish(its, r);
            case "get": return get(its, r);
            case "consume": return consume(its, r);
            case "deliveries": return deliveries(its, r);
            case "settle": return settle(its, r);
            case "cancelled": return cancelled(its, r);
            case "delete_queue": its.channel.queueDelete(text(r, "name")); return null;
            case "delete_exchange": its.channel.exchangeDelete(text(r, "name")); return null;
            case "purge": its.channel.queuePurge(text(r, "name")); return null;
            case "bind":
                its.channel.queueBind(text(r, "queue"), text(r, "exchange"), text(r, "key"),
                    Values.toTable(r.getAsJsonArray("arguments")));
                return null;
            case "unbind":
                its.channel.queueUnbind(text(r, "queue"), text(r, "exchange"), text(r, "key"));
                return null;
            case "qos": its.channel.basicQos(r.get("count").getAsInt()); return null;
            case "cancel": its.channel.basicCancel(text(r, "tag")); return null;
            case "close_channel": its.channel.close(); return null;
            default: throw new IllegalArgumentException("unknown operation " + op);
        }
    }

    private Object run(JsonObject r) throws Exception {
        String op = text(r, "op");
        switch (op) {
            case "hello": return hello(r);
            case "channel": return open(r);
            case "steady": steady = new Steady(factory, text(r, "queue")); return null;
            case "confirmed": return Map.of("count", steady.confirmed().size());
            case "stop_steady": return steady.stop();
            case "follow": return Steady.follow(factory.newConnection(), text(r, "queue"));
            case "followed": return Steady.followed();
            default: return onChannel(op, r);
        }
    }

    private static ShutdownSignalException shutdown(Throwable error) {
        for (; error != null; error = error.getCause()) {
            if (error instanceof AlreadyClosedException || error instanceof ShutdownSignalException)
                return (ShutdownSignalException) error;
        }
        return null;
    }

    private static int code(Throwable error) {
        ShutdownSignalException signal = shutdown(error);
        if (signal != null && signal.getReason() instanceof AMQP.Channel.Close close)
            return close.getReplyCode();
        if (signal != null && signal.getReason() instanceof AMQP.Connection.Close close)
            return close.getReplyCode();
        return -1;
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream output = System.out;
        System.setOut(System.err);  // where the libraries' log lines may go
        Agent agent = new Agent();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = input.readLine()) != null;) {
            Map<String, Object> reply = new HashMap<>();
            try {
                reply.put("ok", agent.run(JsonParser.parseString(line).getAsJsonObject()));
            } catch (Exception error) {
                reply.put("error", Map.of("code", code(error), "text", String.valueOf(error)));
            }
            output.println(JSON.toJson(reply));
        }
        System.exit(0);
    }
}
