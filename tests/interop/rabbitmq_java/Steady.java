// A publisher and a consumer that go on when the Java client has recovered its connection by itself.
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MessageProperties;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

final class Steady {
    private static final long CONFIRM_LIMIT_MS = 10_000;
    private static final long PAUSE_MS = 50;
    private static final List<String> seen = new CopyOnWriteArrayList<>();

    private final List<Integer> numbers = new ArrayList<>();
    private final Thread publisher;
    private volatile boolean isStopped;

    Steady(ConnectionFactory factory, String queue) throws Exception {
        Channel channel = factory.newConnection().createChannel();
        channel.confirmSelect();
        publisher = new Thread(() -> publish(channel, queue));
        publisher.start();
    }

    /** One number after the other, each until it is confirmed. */
    private void publish(Channel channel, String queue) {
        for (int next = 0; !isStopped;) {
            try {
                byte[] body = String.valueOf(next).getBytes();
                channel.basicPublish("", queue, MessageProperties.MINIMAL_PERSISTENT_BASIC, body);
                channel.waitForConfirmsOrDie(CONFIRM_LIMIT_MS);
                synchronized (numbers) {
                    numbers.add(next++);
                }
            } catch (Exception error) {
                pause();  // until the client has its connection again
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }

    List<Integer> confirmed() {
        synchronized (numbers) {
            return new ArrayList<>(numbers);
        }
    }

    List<Integer> stop() throws Exception {
        isStopped = true;
        publisher.join();
        return confirmed();
    }

    static Object follow(Connection connection, String queue) throws Exception {
        Channel channel = connection.createChannel();
        channel.basicConsume(queue, false, (tag, message) -> {
            seen.add(new String(message.getBody()));
            channel.basicAck(message.getEnvelope().getDeliveryTag(), false);
        }, tag -> {});
        return null;
    }

    static List<String> followed() {
        return new ArrayList<>(seen);
    }
}
