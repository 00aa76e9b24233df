"""The agent around confluent-kafka (librdkafka under Python)."""

import time

import confluent_kafka
from confluent_kafka import Consumer, KafkaException, Producer, TopicCollection, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from agent_loop import CODECS, Failed, decode, headers_of, serve, to_json

NO_OFFSET = -168
SPECIAL_OFFSETS = {-1: OffsetSpec.latest, -2: OffsetSpec.earliest}


def only(futures):
    """The result of the one future in an admin call's answer."""
    return next(iter(futures.values())).result(60)


def message_json(message):
    headers, (_, timestamp) = message.headers() or [], message.timestamp()
    return to_json(
        message.key(), message.value(), headers, message.partition(), message.offset(), timestamp
    )


class Operations:
    def op_hello(self, address):
        self.common = {"bootstrap.servers": address, "reconnect.backoff.max.ms": 500, "log_level": 2}
        self.admin = AdminClient(self.common)
        self.producers, self.member = {}, None
        client = f"confluent-kafka {confluent_kafka.version()} (librdkafka {confluent_kafka.libversion()[0]})"
        return dict(client=client, codecs=CODECS, lacks=["describe_producers"])

    def op_create_topic(self, topic, partitions, configs, replicas=1):
        new = NewTopic(topic, num_partitions=partitions, replication_factor=replicas, config=configs)
        only(self.admin.create_topics([new]))

    def op_delete_topic(self, topic):
        only(self.admin.delete_topics([topic]))

    def op_list_topics(self):
        return sorted(self.admin.list_topics(timeout=30).topics)

    def op_describe_topic(self, topic):
        return len(only(self.admin.describe_topics(TopicCollection([topic]))).partitions)

    def op_add_partitions(self, topic, total):
        only(self.admin.create_partitions([NewPartitions(topic, total)]))

    def op_describe_config(self, topic, key):
        return only(self.admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]))[key].value

    def op_alter_config(self, topic, key, value):
        entry = ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
        only(self.admin.incremental_alter_configs([resource]))

    def op_list_offset(self, topic, partition, timestamp):
        special = SPECIAL_OFFSETS.get(timestamp)
        spec = special() if special else OffsetSpec.for_timestamp(timestamp)
        return only(self.admin.list_offsets({TopicPartition(topic, partition): spec})).offset

    def op_delete_records(self, topic, partition, offset):
        only(self.admin.delete_records([TopicPartition(topic, partition, offset)]))

    def op_list_groups(self):
        return [group.group_id for group in self.admin.list_consumer_groups().result(60).valid]

    def op_describe_group(self, group):
        described = only(self.admin.describe_consumer_groups([group]))
        return dict(state=described.state.name, members=len(described.members))

    def op_delete_group(self, group):
        only(self.admin.delete_consumer_groups([group]))

    def op_committed(self, group, topic):
        request = [confluent_kafka.ConsumerGroupTopicPartitions(group)]
        answer = only(self.admin.list_consumer_group_offsets(request))
        return {t.partition: t.offset for t in answer.topic_partitions if t.topic == topic}

    def producer(self, codec, idempotent):
        if (codec, idempotent) not in self.producers:
            settings = {
                "compression.type": codec,
                "enable.idempotence": idempotent,
                "acks": "all",
                "linger.ms": 20,
            }
            self.producers[codec, idempotent] = Producer({**self.common, **settings})
        return self.producers[codec, idempotent]

    def op_produce(self, topic, records, codec="none", idempotent=False):
        producer, results = self.producer(codec, idempotent), {}

        def report(index):
            return lambda error, message: results.update({index: error or message.offset()})

        for index, record in enumerate(records):
            producer.produce(
                topic,
                decode(record["value"]),
                decode(record["key"]),
                record["partition"],
                on_delivery=report(index),
                timestamp=record["timestamp"] or 0,
                headers=headers_of(record),
            )
        producer.flush(60)
        for result in results.values():
            if isinstance(result, confluent_kafka.KafkaError):
                raise KafkaException(result)
        return [results[index] for index in range(len(records))]

    def op_consume(self, topic, partition, offset, count):
        consumer = Consumer(
            {**self.common, "group.id": "unused", "auto.offset.reset": "error", "enable.auto.commit": False}
        )
        try:
            consumer.assign([TopicPartition(topic, partition, offset)])
            messages, end = [], time.monotonic() + 30
            while len(messages) < count and time.monotonic() < end:
                messages += self.checked(consumer.consume(count - len(messages), 0.5))
            return [message_json(message) for message in messages]
        finally:
            consumer.close()

    @staticmethod
    def checked(messages):
        for message in messages:
            if message.error() and not message.error().retriable():
                raise KafkaException(message.error())
        return [message for message in messages if not message.error()]

    def op_join(self, group, topics, member, settings=None):
        self.given, self.taken = [], []  # by each rebalance
        self.member = Consumer(
            {
                **self.common,
                "group.id": group,
                "client.id": member,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "session.timeout.ms": 10000,
                **(settings or {}),
            }
        )
        self.member.subscribe(
            topics,
            on_assign=lambda _, partitions: self.given.append(sorted(p.partition for p in partitions)),
            on_revoke=lambda _, partitions: self.taken.append(sorted(p.partition for p in partitions)),
        )

    def op_rebalances(self):
        """What each rebalance has given to this member, and what each has taken from it."""
        return dict(given=self.given, taken=self.taken)

    def op_poll(self, wait_ms):
        messages = [m for m in self.member.consume(500, wait_ms / 1000) if not m.error()]
        assigned = [[t.topic, t.partition] for t in self.member.assignment()]
        return dict(assigned=assigned, records=[message_json(message) for message in messages])

    def op_commit(self):
        try:
            self.member.commit(asynchronous=False)
        except KafkaException as error:
            if error.args[0].code() != NO_OFFSET:
                raise

    def op_leave(self):
        self.member.close()


def to_failed(error):
    if isinstance(error, KafkaException):
        return Failed(error.args[0].code(), error.args[0].str())
    return Failed(-1, repr(error))


serve(Operations(), to_failed)
