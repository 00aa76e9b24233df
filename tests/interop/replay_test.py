"""Queues that keep what is acknowledged: read again by offset, by Kafka's clients and by AMQP's."""

import os
import sys
import threading
import time

import toolchain

if "pika" not in os.environ.get("WEIR_IN_VENV", ""):
    program = toolchain.python()
    os.execve(program, [program, *sys.argv], dict(os.environ, WEIR_IN_VENV="pika"))

import broker
import confluent_kafka
import confluent_kafka.admin
import kafka
import pika
from doors_test import (
    ALL_PROPERTIES,
    PATIENCE_S,
    TEXTS,
    Kafka,
    connect,
    ends_connection,
    fails,
    has,
    publishing_channel,
    ready,
    take,
    wait_for,
)
from scenario import check, equal

DAY_MS = 24 * 3600 * 1000
KEPT = {"x-retention": DAY_MS}
TOPIC = "queue.orders"


def bodies(got):
    return [body for _, _, body in got]


def python_consumer(weir, **config):
    return kafka.KafkaConsumer(
        bootstrap_servers=weir.address, auto_offset_reset="earliest", consumer_timeout_ms=2000, **config
    )


def acknowledged_is_read_again(connection, weir, librdkafka):
    channel = publishing_channel(connection)
    channel.queue_declare("orders", durable=True, arguments=KEPT)
    channel.exchange_declare("events", "topic", durable=True)
    channel.queue_bind("orders", "events", "order.#")
    headers = {"trace": "abc", "retries": 3, "raw": b"\x00\xff"}
    properties = pika.BasicProperties(headers=headers, **(ALL_PROPERTIES | {"expiration": None}))
    before_ms = int(time.time() * 1000)
    channel.basic_publish("events", "order.new", b'{"id": 1}\x00', properties)
    channel.basic_publish("", "orders", b"plain")
    for n in range(2, 300):
        channel.basic_publish("", "orders", b"%d" % n)
    wanted = [b'{"id": 1}\x00', b"plain", *(b"%d" % n for n in range(2, 300))]
    equal(bodies(take(channel, "orders", 300)), wanted, "as a queue")
    wait_for("all are acknowledged", lambda: ready(channel, "orders") == 0)
    check(TOPIC in librdkafka.admin.list_topics().topics, "it is among the topics")
    records = librdkafka.read(TOPIC, 300)
    equal([record.value() for record in records], wanted, "by librdkafka")
    equal([record.offset() for record in records], list(range(300)), "offsets")
    seen = dict(records[0].headers())
    texts = {name: text for name, text in TEXTS.items() if name != "expiration"}
    equal({name: seen[name] for name in texts}, texts, "properties as headers")
    equal((seen["trace"], seen["raw"], seen["x-exchange"]), (b"abc", b"\x00\xff", b"events"), "headers")
    equal((records[0].key(), records[1].key()), (b"order.new", None), "keys")
    stamp = records[0].timestamp()[1]
    check(before_ms <= stamp <= time.time() * 1000, f"the time when it came: {stamp}")
    consumer = python_consumer(weir)
    place = kafka.TopicPartition(TOPIC, 0)
    consumer.assign([place])
    equal(consumer.beginning_offsets([place]), {place: 0}, "the first offset")
    equal(consumer.end_offsets([place]), {place: 300}, "the next offset")
    equal([record.value for record in consumer], wanted, "by kafka-python")
    consumer.seek(place, 298)
    equal([record.offset for record in consumer], [298, 299], "from an offset")
    consumer.close()
    equal(ready(channel, "orders"), 0, "the queue knows nothing of it")
    channel.close()


def amqp_replays(connection, weir):
    channel = publishing_channel(connection)
    (method, came, body), (_, bare, _) = take(channel, "orders", 2, {"x-stream-offset": "first"})
    equal((method.exchange, method.routing_key, body), ("events", "order.new", b'{"id": 1}\x00'), "replayed")
    equal(came.headers.pop("x-stream-offset"), 0, "its offset")
    equal(came.headers, {"trace": "abc", "retries": 3, "raw": b"\x00\xff"}, "headers, with their types")
    equal(came.message_id, "m-1", "properties")
    equal((bare.headers, bare.timestamp), ({"x-stream-offset": 1}, None), "nothing that was not there")
    equal(bodies(take(channel, "orders", 2, {"x-stream-offset": 298})), [b"298", b"299"], "from an offset")
    equal(bodies(take(channel, "orders", 1, {"x-stream-offset": "last"})), [b"299"], "the last")
    equal(bodies(take(channel, "orders", 1, {"x-stream-offset": "1h"}))[0], b'{"id": 1}\x00', "from a time")
    got = []
    channel.basic_consume(
        "orders", lambda _c, _m, _p, text: got.append(text), arguments={"x-stream-offset": "next"}
    )
    connection.process_data_events(0.2)
    equal(got, [], "nothing yet")
    other = publishing_channel(connection)
    other.basic_publish("", "orders", b"new")
    wait_for("what comes now", lambda: connection.process_data_events(0.05) or got == [b"new"])
    equal(ready(other, "orders"), 1, "and the queue has it, too")
    equal(bodies(take(other, "orders", 1)), [b"new"], "as a queue")
    other.close()
    channel.close()
    channel = connection.channel()
    replay = {"x-stream-offset": "first"}
    _, text = fails(406, lambda c: c.basic_consume("orders", print, arguments=replay), channel)
    has(text, "prefetch")
    text = ends_connection(
        540, weir, lambda c: c.basic_consume("orders", print, auto_ack=True, arguments=replay)
    )
    has(text, "automatic acknowledgement")


def groups_follow(connection, librdkafka):
    """A consumer group that waits is told at once, and its place is kept."""
    channel = publishing_channel(connection)
    channel.queue_declare("followed", durable=True, arguments=KEPT)
    got = []
    ended = threading.Event()

    def follow():
        config = {"group.id": "followers", "auto.offset.reset": "earliest", "fetch.wait.max.ms": 10_000}
        consumer = confluent_kafka.Consumer(librdkafka.config | config)
        consumer.subscribe(["queue.followed"])
        while not ended.is_set():
            for record in consumer.consume(100, 0.05):
                check(record.error() is None, f"an error: {record.error()}")
                got.append((time.monotonic(), record.value()))
        consumer.commit(asynchronous=False)
        consumer.close()

    thread = threading.Thread(target=follow)
    thread.start()
    channel.basic_publish("", "followed", b"first")
    wait_for("the first", lambda: len(got) == 1)
    time.sleep(0.5)  # it has asked for more by now
    begin = time.monotonic()
    channel.basic_publish("", "followed", b"second")
    wait_for("the second", lambda: len(got) == 2)
    check(got[1][0] - begin < 2, f"it came after {got[1][0] - begin:.1f} s")
    ended.set()
    thread.join()
    equal(librdkafka.committed("followers", "queue.followed", 1), {0: 2}, "the group's place")
    equal(ready(channel, "followed"), 2, "nobody has acknowledged anything")
    channel.close()


def tells_its_retention(connection, librdkafka):
    """As it was declared, and not to be changed."""
    channel = connection.channel()
    channel.queue_declare("bounded", durable=True, arguments={"x-retention-bytes": 4096})
    for topic, kept in ((TOPIC, (str(DAY_MS), "-1")), ("queue.bounded", ("-1", "4096"))):
        resource = confluent_kafka.admin.ConfigResource("topic", topic)
        entries = librdkafka.admin.describe_configs([resource])[resource].result()
        seen = {name: entry.value for name, entry in entries.items()}
        wanted = {"cleanup.policy": "delete", "retention.ms": kept[0], "retention.bytes": kept[1]}
        equal(seen, wanted, f"settings of {topic}")
        check(all(entry.is_read_only for entry in entries.values()), f"{topic}: read-only")
    channel.queue_delete("bounded")
    channel.close()


def only_read(connection, weir, librdkafka):
    channel = connection.channel()
    channel.queue_declare("plain", durable=True)
    topics = librdkafka.admin.list_topics().topics
    check("queue.plain" not in topics, "a queue that keeps nothing is no topic")
    errors = []
    producer = confluent_kafka.Producer(librdkafka.config)
    producer.produce(TOPIC, b"x", on_delivery=lambda error, _: errors.append(error))
    producer.flush(PATIENCE_S)
    equal(errors[0].code(), confluent_kafka.KafkaError.TOPIC_EXCEPTION, "a produce to it")
    consumer = confluent_kafka.Consumer(
        librdkafka.config | {"group.id": "x", "allow.auto.create.topics": True}
    )
    consumer.subscribe(["queue.to-come"])
    consumer.consume(1, 1.0)
    consumer.close()
    check("queue.to-come" not in librdkafka.admin.list_topics().topics, "a topic that hides a queue to come")
    channel.close()


def priorities_are_partitions(connection, librdkafka):
    channel = publishing_channel(connection)
    channel.queue_declare("urgent", durable=True, arguments=KEPT | {"x-max-priority": 2})
    for n in range(6):
        channel.basic_publish("", "urgent", b"%d" % n, pika.BasicProperties(priority=n % 3))
    got = librdkafka.read("queue.urgent", 6, partitions=3)
    places = [(record.partition(), record.offset(), record.value()) for record in got]
    equal(places, [(p, o, b"%d" % (3 * o + p)) for p in range(3) for o in range(2)], "by priority")
    channel.basic_qos(prefetch_count=10)
    arguments = {"x-stream-offset": "first", "x-stream-partition": 2}
    equal(bodies(take(channel, "urgent", 2, arguments)), [b"2", b"5"], "of one priority")
    channel.close()


def dead_letters_tell_their_deaths(connection, librdkafka):
    channel = publishing_channel(connection)
    channel.queue_declare("graves", durable=True, arguments=KEPT)
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "graves"}
    channel.queue_declare("doomed", durable=True, arguments=arguments)
    channel.basic_publish("", "doomed", b"x")
    wait_for("the message", lambda: (got := channel.basic_get("doomed")) and got[0] and (
        channel.basic_reject(got[0].delivery_tag, requeue=False) or True))
    wait_for("the dead letter", lambda: ready(channel, "graves") == 1)
    (record,) = librdkafka.read("queue.graves", 1)
    headers = dict(record.headers())
    equal((record.value(), headers["x-first-death-reason"]), (b"x", b"rejected"), "a dead letter")
    channel.close()


def retention(connection, librdkafka, weir):
    """What is acknowledged goes when its time is up, what is not stays."""
    channel = publishing_channel(connection)
    channel.queue_declare("brief", durable=True, arguments={"x-retention": 1000})
    for n in range(200):
        channel.basic_publish("", "brief", b"%d" % n)
    channel.basic_qos(prefetch_count=200)
    take(channel, "brief", 130)
    consumer = confluent_kafka.Consumer(librdkafka.config | {"group.id": "x"})
    place = confluent_kafka.TopicPartition("queue.brief", 0)
    first = lambda: consumer.get_watermark_offsets(place)[0]  # noqa: E731
    wait_for("whole blocks of 64 are gone", lambda: first() == 128)
    equal(consumer.get_watermark_offsets(place), (128, 200), "what is there")
    records = python_consumer(weir)
    there = kafka.TopicPartition("queue.brief", 0)
    records.assign([there])
    records.seek(there, 5)
    equal(next(iter(records)).offset, 128, "an offset that is gone")
    records.close()
    consumer.close()
    equal(ready(channel, "brief"), 70, "what is not acknowledged")
    channel.close()


def survives(weir, librdkafka):
    with connect(weir) as connection:
        channel = publishing_channel(connection)
        channel.queue_declare("safe", durable=True, arguments=KEPT)
        for n in range(1000):
            channel.basic_publish("", "safe", b"%d" % n)
        channel.basic_qos(prefetch_count=100)
        take(channel, "safe", 500)
    weir.restart()
    again = Kafka(weir)
    values = [record.value() for record in again.read("queue.safe", 1000)]
    equal(values, [b"%d" % n for n in range(1000)], "after a kill -9")


def main():
    with broker.Weir("--amqp-listen", "127.0.0.1:0") as weir:
        librdkafka = Kafka(weir)
        with connect(weir) as connection:
            acknowledged_is_read_again(connection, weir, librdkafka)
            amqp_replays(connection, weir)
            groups_follow(connection, librdkafka)
            tells_its_retention(connection, librdkafka)
            only_read(connection, weir, librdkafka)
            priorities_are_partitions(connection, librdkafka)
            dead_letters_tell_their_deaths(connection, librdkafka)
            retention(connection, librdkafka, weir)
        survives(weir, librdkafka)


if __name__ == "__main__":
    main()
