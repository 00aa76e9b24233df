"""What comes in by one door is read through another: pika and confluent-kafka on the same topics."""

import datetime
import os
import sys
import time

import toolchain

if "pika" not in os.environ.get("WEIR_IN_VENV", ""):
    program = toolchain.python()
    os.execve(program, [program, *sys.argv], dict(os.environ, WEIR_IN_VENV="pika"))

import broker
import confluent_kafka
import pika
import pika.exceptions
from confluent_kafka import admin
from scenario import check, equal

PATIENCE_S = 20
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
OF_A_CODEC = 200
STREAM = {"x-queue-type": "stream"}


def connect(weir):
    credentials = pika.PlainCredentials("guest", "guest")
    return pika.BlockingConnection(
        pika.ConnectionParameters(*weir.amqp, credentials=credentials, socket_timeout=10)
    )


def wait_for(what, condition):
    limit = time.monotonic() + PATIENCE_S
    while not condition():
        check(time.monotonic() < limit, f"not within {PATIENCE_S} s: {what}")
        time.sleep(0.02)


def fails(code, action, channel):
    """The text of the error by which weir closes the channel, and a new channel."""
    try:
        action(channel)
    except pika.exceptions.ChannelClosedByBroker as error:
        equal(error.reply_code, code, f"the code of {error.reply_text}")
        return channel.connection.channel(), error.reply_text
    raise AssertionError(f"no error {code}")


def has(text, part):
    check(part in text, text)


def ready(channel, queue):
    return channel.queue_declare(queue, passive=True).method.message_count


def ends_connection(code, weir, action):
    """The text of a hard error, of a connection of its own."""
    connection = connect(weir)
    try:
        action(connection.channel())
    except pika.exceptions.ConnectionClosedByBroker as error:
        equal(error.reply_code, code, f"the code of {error.reply_text}")
        return error.reply_text
    raise AssertionError(f"no error {code}")


class Kafka:
    """Kafka clients of one broker."""

    def __init__(self, weir):
        self.config = {"bootstrap.servers": weir.address}
        self.admin = admin.AdminClient(self.config)

    def create(self, topic, partitions, **config):
        made = self.admin.create_topics([admin.NewTopic(topic, partitions, 1, config=config)])
        made[topic].result()

    def produce(self, topic, records, **config):
        producer = confluent_kafka.Producer(self.config | {"partitioner": "murmur2_random"} | config)
        for record in records:
            producer.produce(topic, **record)
        equal(producer.flush(PATIENCE_S), 0, "records that were not acknowledged")

    def read(self, topic, count, partitions=1):
        """The topic's first `count` records, by partition and offset."""
        config = {"group.id": "reader", "enable.auto.commit": False, "check.crcs": True}
        consumer = confluent_kafka.Consumer(self.config | config)
        places = [confluent_kafka.TopicPartition(topic, p, 0) for p in range(partitions)]
        consumer.assign(places)
        got = []
        wait_for(f"{count} records of {topic}", lambda: poll(consumer, got) >= count)
        consumer.close()
        return sorted(got, key=lambda record: (record.partition(), record.offset()))

    def settings(self, topic):
        resource = admin.ConfigResource(admin.ResourceType.TOPIC, topic)
        described = self.admin.describe_configs([resource])[resource].result()
        return {name: entry.value for name, entry in described.items()}

    def committed(self, group, topic, partitions):
        places = [confluent_kafka.TopicPartition(topic, p) for p in range(partitions)]
        asked = [confluent_kafka.ConsumerGroupTopicPartitions(group, places)]
        reply = self.admin.list_consumer_group_offsets(asked)[group].result()
        return {place.partition: place.offset for place in reply.topic_partitions}


def poll(consumer, got):
    for record in consumer.consume(500, 0.1):
        check(record.error() is None, f"an error: {record.error()}")
        got.append(record)
    return len(got)


def take(channel, queue, count, arguments=None, ack=True):
    """`count` deliveries of a consumer of its own: (method, properties, body)."""
    got = []
    for method, properties, body in channel.consume(
        queue, inactivity_timeout=PATIENCE_S, arguments=arguments
    ):
        check(method is not None, f"{queue}: only {len(got)} of {count} messages came")
        got.append((method, properties, body))
        if ack:
            channel.basic_ack(method.delivery_tag)
        if len(got) == count:
            break
    channel.cancel()
    return got


def publishing_channel(connection):
    channel = connection.channel()
    channel.confirm_delivery()
    channel.basic_qos(prefetch_count=50)
    return channel


ALL_PROPERTIES = dict(
    content_type="application/json",
    content_encoding="identity",
    delivery_mode=2,
    priority=7,
    correlation_id="c-1",
    reply_to="answers",
    expiration="60000",
    message_id="m-1",
    timestamp=1_700_000_000,
    type="order",
    user_id="guest",
    app_id="shop",
    cluster_id="x",
)
TEXTS = {name.replace("_", "-"): str(value).encode() for name, value in ALL_PROPERTIES.items()}


def amqp_to_kafka(connection, kafka):
    channel = publishing_channel(connection)
    channel.queue_declare("sales", durable=True, arguments=STREAM)
    channel.exchange_declare("events", "topic", durable=True)
    channel.queue_bind("sales", "events", "order.#")
    headers = {"trace": "abc", "retries": 3, "vip": True, "raw": b"\x00\xff", "tags": ["a", 1]}
    properties = pika.BasicProperties(headers=headers, **ALL_PROPERTIES)
    channel.basic_publish("events", "order.new", b'{"id": 1}\x00', properties, mandatory=True)
    channel.basic_publish("", "sales", b"plain", mandatory=True)
    first, second = kafka.read("sales", 2)
    equal((first.key(), first.value()), (b"order.new", b'{"id": 1}\x00'), "key and value")
    seen = dict(first.headers())
    equal({name: seen[name] for name in TEXTS}, TEXTS, "properties as headers")
    equal((seen["trace"], seen["retries"], seen["vip"]), (b"abc", b"3", b"true"), "headers")
    equal((seen["raw"], seen["x-exchange"]), (b"\x00\xff", b"events"), "bytes and the exchange")
    equal((second.key(), second.value(), second.headers()), (None, b"plain", [("x-exchange", b"")]), "plain")
    (method, came, body), (_, bare, _) = take(channel, "sales", 2, {"x-stream-offset": "first"})
    equal((method.exchange, method.routing_key, body), ("events", "order.new", first.value()), "as a stream")
    equal(came.headers.pop("x-stream-offset"), 0, "its offset")
    equal(came, properties, "all properties, with their types")
    equal((bare.headers, bare.timestamp), ({"x-stream-offset": 1}, None), "nothing that was not there")
    channel.close()


def kafka_to_amqp(connection, kafka):
    channel = publishing_channel(connection)
    kafka.create("plain", 1)
    sent = [
        dict(key=b"k", value=b"\x00v", timestamp=1_600_000_000_123, headers=[("a", b"1"), ("n", None)]),
        dict(key=b"\xff\x00", value=b"", headers=[("content-type", b"text/plain"), ("bin", b"\xfe")]),
        dict(key=None, value=None, headers=[("user-id", b"root")]),
    ]
    kafka.produce("plain", sent)
    one, two, three = take(channel, "plain", 3, {"x-stream-offset": "first"})
    equal((one[0].routing_key, one[2], one[1].timestamp), ("k", b"\x00v", 1_600_000_000), "the first")
    expected = {"a": "1", "n": None, "x-record-timestamp": 1_600_000_000_123, "x-record-key": "k"}
    equal(one[1].headers, expected | {"x-stream-offset": 0}, "its headers")
    equal((two[0].routing_key, two[2], two[1].content_type), ("", b"", "text/plain"), "the second")
    equal((two[1].headers["x-record-key"], two[1].headers["bin"]), (b"\xff\x00", b"\xfe"), "bytes")
    equal((three[0].routing_key, three[1].user_id), ("plain", None), "nobody vouches for a user")
    equal(three[1].headers["x-record-tombstone"], True, "no value")
    kafka.create("copy", 1)
    for method, properties, body in (one, two, three):
        channel.basic_publish("", "copy", body, properties)
    for was, now in zip(kafka.read("plain", 3), kafka.read("copy", 3), strict=True):
        equal((now.key(), now.value(), now.headers()), (was.key(), was.value(), was.headers()), "copied")
        equal(now.timestamp(), was.timestamp(), "its time")
    channel.close()


def partitions_of_keys(connection, kafka):
    """A key's messages are in one partition, whichever door they came by."""
    channel = publishing_channel(connection)
    kafka.create("keyed", 4)
    channel.exchange_declare("by-key", "fanout", durable=True)
    channel.queue_bind("keyed", "by-key")
    keys = [f"customer-{n}" for n in range(40)]
    for key in keys:
        channel.basic_publish("by-key", key, b"amqp")
    kafka.produce("keyed", [dict(key=key.encode(), value=b"kafka") for key in keys])
    places = {}
    for record in kafka.read("keyed", 80, 4):
        places.setdefault(record.key(), set()).add(record.partition())
    equal([len(found) for found in places.values()], [1] * 40, "one partition for each key")
    check(len(set.union(*places.values())) == 4, "all partitions are used")
    arguments = {"x-stream-offset": "first", "x-stream-partition": 2}
    _, properties, _ = take(channel, "keyed", 1, arguments)[0]
    equal(properties.headers["x-stream-partition"], 2, "the partition that was asked for")
    channel.queue_unbind("keyed", "by-key")
    channel.close()


def offsets_of(channel, stream, count, start):
    got = take(channel, stream, count, {"x-stream-offset": start})
    return [properties.headers["x-stream-offset"] for _, properties, _ in got]


def streams(connection, kafka, weir):
    channel = publishing_channel(connection)
    arguments = STREAM | {"x-max-age": "7D", "x-max-length-bytes": 10_000_000}
    channel.queue_declare("st", durable=True, arguments=arguments)
    channel.queue_declare("st", durable=True, arguments=arguments)
    settings = kafka.settings("st")
    kept = (settings["retention.ms"], settings["retention.bytes"], settings["message.timestamp.type"])
    equal(kept, ("604800000", "10000000", "LogAppendTime"), "its settings as a topic")
    for n in range(100):
        channel.basic_publish("", "st", b"%d" % n)
    time.sleep(1.1)  # seconds are what timestamps of streams have
    moment = int(time.time())
    for n in range(100, 110):
        channel.basic_publish("", "st", b"%d" % n)
    equal(channel.queue_declare("st", durable=True, passive=True).method.message_count, 110, "messages")
    equal(offsets_of(channel, "st", 110, "first"), list(range(110)), "from the first on")
    equal(offsets_of(channel, "st", 110, "first"), list(range(110)), "once more")
    equal(offsets_of(channel, "st", 3, 42), [42, 43, 44], "from an offset on")
    equal(offsets_of(channel, "st", 1, "last"), [109], "the last batch")
    equal(offsets_of(channel, "st", 2, "1h"), [0, 1], "of the last hour")
    at = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc)
    equal(offsets_of(channel, "st", 2, at), [100, 101], "from a moment on")
    next_ones = connection.channel()
    next_ones.basic_qos(prefetch_count=1)
    got = []
    next_ones.basic_consume("st", lambda _c, method, p, body: got.append((method, body)))
    channel.basic_publish("", "st", b"new")
    channel.basic_publish("", "st", b"newer")
    wait_for("the next", lambda: connection.process_data_events(0.05) or got)
    connection.process_data_events(0.3)
    equal([body for _, body in got], [b"new"], "so much as the prefetch allows")
    next_ones.basic_ack(got[0][0].delivery_tag)
    wait_for("another", lambda: connection.process_data_events(0.05) or len(got) == 2)
    next_ones.close()
    stream_errors(channel, weir)
    channel = connection.channel()
    channel.queue_delete("st")
    check("st" not in kafka.admin.list_topics(timeout=10).topics, "a deleted stream is no topic")


def stream_errors(channel, weir):
    def consume(**options):
        def action(on):
            on.basic_qos(prefetch_count=options.pop("prefetch", 5))
            on.basic_consume("st", lambda *_: None, **options)

        return action

    channel, text = fails(406, consume(prefetch=0), channel)
    has(text, "consumer prefetch count is not set for stream queue 'st' in vhost '/'")
    text = ends_connection(540, weir, consume(auto_ack=True))
    has(text, "automatic acknowledgement not supported by stream queue 'st'")
    channel, _ = fails(406, consume(arguments={"x-stream-offset": "whenever"}), channel)
    text = ends_connection(540, weir, lambda on: on.basic_get("st"))
    has(text, "basic.get not supported by stream queues queue 'st' in vhost '/'")
    ends_connection(540, weir, lambda on: on.queue_purge("st"))
    channel, text = fails(406, lambda on: on.queue_declare("st", durable=True), channel)
    has(text, "inequivalent arg 'x-queue-type' for queue 'st' in vhost '/': received none but current is")
    other = STREAM | {"x-max-age": "1D"}
    channel, text = fails(406, lambda on: on.queue_declare("st", durable=True, arguments=other), channel)
    has(text, "inequivalent arg 'x-max-age' for queue 'st'")
    channel, text = fails(406, lambda on: on.queue_declare("st2", arguments=STREAM), channel)
    has(text, "invalid property 'non-durable' for queue 'st2' in vhost '/'")
    odd = STREAM | {"x-message-ttl": 5}
    channel, text = fails(406, lambda on: on.queue_declare("st2", durable=True, arguments=odd), channel)
    has(text, "arg 'x-message-ttl' for queue 'st2' in vhost '/' of queue type rabbit_stream_queue")
    channel.close()


def subscribe(channel, name, topic, **more):
    arguments = {"x-subscription-topic": topic} | {f"x-subscription-{k}": v for k, v in more.items()}
    return channel.queue_declare(name, durable=True, arguments=arguments)


def consume_some(weir, queue, count, keep):
    """Takes `count` messages and acknowledges them, durably, and holds `keep` more."""
    connection = connect(weir)  # ends with the broker
    channel = connection.channel()
    channel.basic_qos(prefetch_count=keep)
    settled, held = [], []
    for method, _, body in channel.consume(queue, inactivity_timeout=PATIENCE_S):
        check(method is not None, f"only {len(settled)} messages came")
        if len(settled) < count:
            settled.append(body)
            channel.basic_ack(method.delivery_tag)
        else:
            held.append(body)
        if len(held) == keep:
            break
    connection.channel().queue_declare(queue, durable=True, passive=True)  # waits for the commit
    return settled


def subscriptions_survive(weir, kafka):
    """All codecs, several partitions, a kill -9 now and then: each record until it is acknowledged."""
    kafka.create("work", 3)
    with connect(weir) as connection:
        subscribe(connection.channel(), "workers", "work", start="earliest")
    sent = []
    for codec in CODECS:
        bodies = [f"{codec} {n}".encode() for n in range(OF_A_CODEC)]
        records = [dict(key=b"%d" % (n % 17), value=body) for n, body in enumerate(bodies)]
        kafka.produce("work", records, **{"compression.type": codec, "linger.ms": 50})
        sent += bodies
    settled = []
    for _ in range(3):
        settled += consume_some(weir, "workers", 150, keep=40)
        weir.restart()
    with connect(weir) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=100)
        rest = take(channel, "workers", len(sent) - len(settled))
        settled += [body for _, _, body in rest]
        equal(sorted(settled), sorted(sent), "every record once")
        check(any(method.redelivered for method, _, _ in rest), "what was held came again")
        equal(ready(connection.channel(), "workers"), 0, "what is left")
    ends = {p: 0 for p in range(3)}
    for record in kafka.read("work", len(sent), 3):
        ends[record.partition()] = record.offset() + 1
    wait_for("the group's offsets", lambda: kafka.committed("workers", "work", 3) == ends)


def subscriptions(connection, kafka):
    channel = publishing_channel(connection)
    kafka.create("jobs", 2)
    kafka.produce("jobs", [dict(value=b"before", partition=0)])
    subscribe(channel, "late", "jobs")
    subscribe(channel, "all", "jobs", start="earliest")
    kafka.produce("jobs", [dict(key=b"k", value=b"%d" % n, partition=1) for n in range(3)])
    equal([body for _, _, body in take(channel, "late", 3)], [b"0", b"1", b"2"], "from the declaration on")
    method, properties, body = channel.basic_get("all")
    equal((body, properties.headers["x-stream-offset"]), (b"before", 0), "from the beginning on")
    check("x-delivery-count" not in properties.headers, "never came back")
    wait_for("the group", lambda: kafka.committed("all", "jobs", 2) == {0: 0, 1: 0})
    channel.basic_nack(method.delivery_tag)
    method, properties, body = channel.basic_get("all")
    equal((body, method.redelivered, properties.headers["x-delivery-count"]), (b"before", True, 1), "again")
    channel.basic_ack(method.delivery_tag)
    wait_for("its offset", lambda: kafka.committed("all", "jobs", 2) == {0: 1, 1: 0})
    try:
        channel.basic_publish("", "all", b"no")
        check(False, "a publish into a subscription was confirmed")
    except pika.exceptions.NackError:
        pass
    channel, text = fails(406, lambda on: on.queue_bind("all", "amq.direct", "k"), channel)
    check("is a subscription" in text, text)
    channel, _ = fails(404, lambda on: subscribe(on, "x", "no-topic"), channel)
    channel, _ = fails(406, lambda on: subscribe(on, "x", "jobs", start="soon"), channel)
    channel, text = fails(406, lambda on: subscribe(on, "all", "jobs", start="latest"), channel)
    check("inequivalent arg 'x-subscription-start'" in text, text)
    key_order(connection, kafka)
    channel.queue_delete("all")
    group = ["all"]
    wait_for("the group's end", lambda: group[0] not in group_names(kafka))
    channel.close()


def group_names(kafka):
    return [group.group_id for group in kafka.admin.list_consumer_groups().result().valid]


def key_order(connection, kafka):
    """One key's records are handed out one at a time, whoever takes them."""
    channel = connection.channel()
    kafka.create("ordered", 1)
    kafka.produce("ordered", [dict(key=b"ab"[n % 2 : n % 2 + 1], value=b"%d" % n) for n in range(6)])
    channel.queue_declare(
        "in-order",
        durable=True,
        arguments={
            "x-subscription-topic": "ordered",
            "x-subscription-start": "earliest",
            "x-key-ordered": True,
        },
    )
    channel.basic_qos(prefetch_count=10)
    got = []
    channel.basic_consume("in-order", lambda _c, method, _p, body: got.append((method, body)))
    wait_for("one of each key", lambda: connection.process_data_events(0.05) or len(got) == 2)
    connection.process_data_events(0.3)
    equal([body for _, body in got], [b"0", b"1"], "the others wait")
    channel.basic_ack(got[0][0].delivery_tag)
    wait_for("the next of its key", lambda: connection.process_data_events(0.05) or len(got) == 3)
    equal(got[2][1], b"2", "the next of its key")
    channel.close()


def retention_passes_over(connection, kafka):
    """What the topic has dropped is no message any more."""
    channel = connection.channel()
    kafka.create("short", 1)
    subscribe(channel, "shorty", "short", start="earliest")
    kafka.produce("short", [dict(value=b"%d" % n) for n in range(1000)], **{"batch.num.messages": 1})
    wait_for("the index", lambda: ready(channel, "shorty") == 1000)
    place = confluent_kafka.TopicPartition("short", 0, 990)
    kafka.admin.delete_records([place])[place].result()
    channel.basic_qos(prefetch_count=3)
    got = [body for _, _, body in take(channel, "shorty", 10)]
    equal(got, [b"%d" % n for n in range(990, 1000)], "what is left")
    channel.close()


def dead_letters_reach_topics(connection, kafka):
    """By an exchange, and by the default one."""
    channel = publishing_channel(connection)
    for topic in ("morgue", "named-morgue"):
        channel.queue_declare(topic, durable=True, arguments=STREAM)
    channel.exchange_declare("dlx", "direct", durable=True)
    channel.queue_bind("morgue", "dlx", "work")
    arguments = {"x-dead-letter-exchange": "dlx", "x-message-ttl": 1}
    channel.queue_declare("work", durable=True, arguments=arguments)
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "named-morgue", "x-max-length": 1}
    channel.queue_declare("named-work", durable=True, arguments=arguments)
    for n in range(100):
        channel.basic_publish("", "work", b"%d" % n, pika.BasicProperties(message_id=f"m-{n}"))
    got = kafka.read("morgue", 100)
    equal([record.value() for record in got], [b"%d" % n for n in range(100)], "dead letters in order")
    headers = dict(got[0].headers())
    equal((headers["message-id"], headers["x-exchange"]), (b"m-0", b"dlx"), "as it was published anew")
    death = headers["x-first-death-queue"], headers["x-first-death-reason"]
    equal(death, (b"work", b"expired"), "its death")
    wait_for("the queue is empty", lambda: ready(channel, "work") == 0)
    for n in range(3):
        channel.basic_publish("", "named-work", b"%d" % n)
    equal([record.value() for record in kafka.read("named-morgue", 2)], [b"0", b"1"], "by the topic's name")
    channel.close()


def delayed_messages_reach_topics(connection, kafka):
    channel = publishing_channel(connection)
    channel.queue_declare("later", durable=True, arguments=STREAM)
    channel.queue_declare("later-too", durable=True)
    delayed = {"x-delayed-type": "direct"}
    channel.exchange_declare("delays", "x-delayed-message", durable=True, arguments=delayed)
    for queue in ("later", "later-too"):
        channel.queue_bind(queue, "delays", "k")
    properties = pika.BasicProperties(headers={"x-delay": 800, "trace": "t"}, message_id="m")
    begin = time.monotonic()
    channel.basic_publish("delays", "k", b"not before", properties, mandatory=True)
    (record,) = kafka.read("later", 1)
    check(time.monotonic() - begin > 0.7, "it came too early")
    headers = dict(record.headers())
    equal((record.key(), record.value()), (b"k", b"not before"), "the message")
    seen = headers["x-exchange"], headers["trace"], headers["message-id"]
    equal(seen, (b"delays", b"t", b"m"), "headers")
    check("x-first-death-queue" not in headers, "it did not die")
    wait_for("the queue has it, too", lambda: ready(channel, "later-too") == 1)
    channel.basic_publish("delays", "k", b"at once", mandatory=True)
    equal([one.value() for one in kafka.read("later", 2)], [b"not before", b"at once"], "without a delay")
    channel.close()


def delayed_messages_survive(weir, kafka):
    with connect(weir) as connection:
        channel = publishing_channel(connection)
        properties = pika.BasicProperties(headers={"x-delay": 1500})
        channel.basic_publish("delays", "k", b"over a restart", properties, mandatory=True)
    weir.restart()
    kafka = Kafka(weir)
    equal(kafka.read("later", 3)[2].value(), b"over a restart", "after a kill -9")


def main():
    with broker.Weir("--amqp-listen", "127.0.0.1:0") as weir:
        kafka = Kafka(weir)
        with connect(weir) as connection:
            amqp_to_kafka(connection, kafka)
            kafka_to_amqp(connection, kafka)
            partitions_of_keys(connection, kafka)
            streams(connection, kafka, weir)
            subscriptions(connection, kafka)
            retention_passes_over(connection, kafka)
            dead_letters_reach_topics(connection, kafka)
            delayed_messages_reach_topics(connection, kafka)
        subscriptions_survive(weir, kafka)
        delayed_messages_survive(weir, kafka)


if __name__ == "__main__":
    main()
