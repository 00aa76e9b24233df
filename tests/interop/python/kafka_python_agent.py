"""The agent around kafka-python (the client written in Python alone)."""

import re
import time

import kafka
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic

from agent_loop import CODECS, Failed, decode, headers_of, serve, to_json


def flatten(batches):
    return [
        to_json(r.key, r.value, r.headers, r.partition, r.offset, r.timestamp)
        for records in batches.values()
        for r in records
    ]


class Operations:
    def op_hello(self, address):
        self.common = {"bootstrap_servers": address, "reconnect_backoff_max_ms": 500}
        self.admin = KafkaAdminClient(**self.common)
        self.producers, self.member = {}, None
        lacks = ["null_header", "unknown_partition"]
        return dict(client=f"kafka-python {kafka.__version__}", codecs=CODECS, lacks=lacks)

    def op_create_topic(self, topic, partitions, configs):
        new = NewTopic(topic, num_partitions=partitions, replication_factor=1, topic_configs=configs)
        self.admin.create_topics([new])

    def op_delete_topic(self, topic):
        self.admin.delete_topics([topic])

    def op_list_topics(self):
        return self.admin.list_topics()

    def op_describe_topic(self, topic):
        return len(self.admin.describe_topics([topic])[0]["partitions"])

    def op_add_partitions(self, topic, total):
        self.admin.create_partitions({topic: total})

    def op_describe_config(self, topic, key):
        answer = self.admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        return answer["topic"][topic][key]["value"]

    def op_alter_config(self, topic, key, value):
        answer = self.admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {key: value})])
        if error := re.match(r"\[Error (\d+)\]", str(answer["topic"][topic])):
            raise Failed(int(error[1]), answer["topic"][topic])

    def op_list_offset(self, topic, partition, timestamp):
        key = TopicPartition(topic, partition)
        return self.admin.list_partition_offsets({key: timestamp})[key].offset

    def op_delete_records(self, topic, partition, offset):
        self.admin.delete_records({TopicPartition(topic, partition): offset})

    def op_list_groups(self):
        return [group["group_id"] for group in self.admin.list_groups()]

    def op_describe_group(self, group):
        described = self.admin.describe_groups([group])[group]
        return dict(state=described["group_state"], members=len(described["members"]))

    def op_delete_group(self, group):
        answer = self.admin.delete_groups([group])[group]
        if answer != "OK":
            raise Failed(getattr(kafka.errors, answer).errno, answer)

    def op_committed(self, group, topic):
        offsets = self.admin.list_group_offsets(group)[group]
        return {key.partition: value.offset for key, value in offsets.items() if key.topic == topic}

    def op_describe_producers(self, topic, partition):
        answer = self.admin.describe_producers([TopicPartition(topic, partition)])
        return [state.last_sequence for state in answer[TopicPartition(topic, partition)].active_producers]

    def producer(self, codec, idempotent):
        if (codec, idempotent) not in self.producers:
            compression = None if codec == "none" else codec
            self.producers[codec, idempotent] = KafkaProducer(
                **self.common,
                acks="all",
                compression_type=compression,
                enable_idempotence=idempotent,
                linger_ms=20,
            )
        return self.producers[codec, idempotent]

    def op_produce(self, topic, records, codec="none", idempotent=False):
        producer = self.producer(codec, idempotent)
        futures = [
            producer.send(
                topic,
                decode(record["value"]),
                decode(record["key"]),
                headers_of(record),
                record["partition"],
                record["timestamp"],
            )
            for record in records
        ]
        producer.flush(60)
        return [future.get(60).offset for future in futures]

    def op_consume(self, topic, partition, offset, count):
        consumer = KafkaConsumer(**self.common, auto_offset_reset="none", enable_auto_commit=False)
        try:
            key = TopicPartition(topic, partition)
            consumer.assign([key])
            consumer.seek(key, offset)
            records, end = [], time.monotonic() + 30
            while len(records) < count and time.monotonic() < end:
                records += flatten(consumer.poll(500, max_records=count - len(records)))
            return records
        finally:
            consumer.close()

    def op_join(self, group, topics, member):
        self.member = KafkaConsumer(
            *topics,
            **self.common,
            group_id=group,
            client_id=member,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=10000,
            heartbeat_interval_ms=1000,
        )

    def op_poll(self, wait_ms):
        records = flatten(self.member.poll(wait_ms))
        return dict(assigned=[[t.topic, t.partition] for t in self.member.assignment()], records=records)

    def op_commit(self):
        self.member.commit()

    def op_leave(self):
        self.member.close(autocommit=False)


def to_failed(error):
    if isinstance(error, kafka.errors.OffsetOutOfRangeError):
        return Failed(1, repr(error))
    return Failed(getattr(error, "errno", None) or -1, repr(error))


serve(Operations(), to_failed)
