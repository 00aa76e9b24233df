// Writes the golden records beside it, with Kafka's own encoder. Run by hand in this folder:
//   java -cp kafka-clients.jar:kafka-group-coordinator.jar:slf4j-api.jar Golden.java
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.coordinator.group.generated.*;

public class Golden {
    static void write(String name, ByteBuffer bytes) throws Exception {
        StringBuilder hex = new StringBuilder();
        while (bytes.hasRemaining()) {
            hex.append(String.format("%02x", bytes.get()));
            if (hex.length() % 101 == 100) hex.append('\n');
        }
        Files.writeString(Path.of(name + ".hex"), hex + "\n");
    }

    static void write(String name, int version, Message message) throws Exception {
        write(name, MessageUtil.toVersionPrefixedByteBuffer((short) version, message));
    }

    static GroupMetadataValue.MemberMetadata member(String id, String instance, String client,
                                                    String host,
                                                    int rebalance, int session,
                                                    String metadata, String share) {
        return new GroupMetadataValue.MemberMetadata()
            .setMemberId(id).setGroupInstanceId(instance).setClientId(client).setClientHost(host)
            .setRebalanceTimeout(rebalance).setSessionTimeout(session)
            .setSubscription(metadata.getBytes()).setAssignment(share.getBytes());
    }

    public static void main(String[] arguments) throws Exception {
        write("offset_key", 1, new OffsetCommitKey().setGroup("billing").setTopic("orders").setPartition(3));
        write("offset_value", 3, new OffsetCommitValue().setOffset(42).setMetadata("note").setLeaderEpoch(5)
            .setCommitTimestamp(1700000000000L));
        write("expiring_offset_value", 1,
              new OffsetCommitValue().setOffset(42).setMetadata("note").setCommitTimestamp(1700000000000L)
                  .setExpireTimestamp(1700000086400L));
        write("group_key", 2, new GroupMetadataKey().setGroup("billing"));
        write("group_value", 3, new GroupMetadataValue().setProtocolType("consumer").setGeneration(7)
            .setProtocol("range").setLeader("c1-a").setCurrentStateTimestamp(1700000000000L)
            .setMembers(List.of(member("c1-a", null, "c1", "/10.0.0.1", 300000, 45000, "sub", "share"),
                                member("s-b", "s", "c2", "/10.0.0.2", 60000, 10000, "", ""))));
        write("subscription", ConsumerProtocol.serializeSubscription(
            new Subscription(List.of("payments", "orders"), ByteBuffer.wrap("user".getBytes()))));
    }
}
