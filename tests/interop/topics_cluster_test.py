"""Topics whose partitions three nodes lead, through AMQP: subscriptions, streams, publishes, dead letters.

Whatever node a client is connected to, and while nodes are killed: nothing that was confirmed is missing, and
nothing comes again whose acknowledgement was committed.
"""

import argparse
import contextlib
import os
import random
import signal
import sys
import threading
import time

import toolchain

if "pika" not in os.environ.get("WEIR_IN_VENV", ""):
    program = toolchain.python()
    os.execve(program, [program, *sys.argv], dict(os.environ, WEIR_IN_VENV="pika"))

import confluent_kafka
import pika
import pika.exceptions
from amqp_cluster_test import LOST, PATIENCE_S, connect, connect_to_any
from cluster import Nodes, wait_until
from confluent_kafka import admin
from scenario import check, equal

PARTITIONS = 6
AT_A_TIME = 20  # acknowledgements of one transaction
AHEAD = 10_000  # records that are produced, and have not come yet
EACH_KILL = 3000  # records that are confirmed before a node is killed


def create(nodes, topic, replicas):
    client = admin.AdminClient({"bootstrap.servers": nodes.address})
    config = {"min.insync.replicas": str(min(replicas, 2))}
    new = admin.NewTopic(topic, PARTITIONS, replicas, config=config)
    client.create_topics([new])[topic].result()
    leaders = {partition["leader"] for partition in nodes.partitions(topic)}
    equal(leaders, set(nodes.nodes), f"nodes that lead partitions of {topic}")
    for node in nodes.nodes.values():
        wait_until(f"a node that knows {topic}", lambda: knows(node, topic))


def knows(node, topic):
    with connect(node) as connection, contextlib.suppress(pika.exceptions.ChannelClosedByBroker):
        connection.channel().queue_declare(topic, passive=True)
        return True
    return False


def is_settled(log):
    """A leader that moves may have a dead letter come twice."""
    return len(log["replicas"]) == 3 and not log["adding"] and log["leader"] == log["replicas"][0]


class KafkaProducer(threading.Thread):
    """Numbers by librdkafka, idempotent, with keys or without; no further ahead than workers can follow."""

    def __init__(self, nodes, topic, settled):
        super().__init__(daemon=True)
        self.topic, self.stopping, self.sent, self.confirmed, self.failed = topic, False, 0, {}, []
        self.settled = settled
        config = {"bootstrap.servers": nodes.address, "enable.idempotence": True}
        self.producer = confluent_kafka.Producer(config | {"message.timeout.ms": 120_000, "linger.ms": 5})

    def run(self):
        while not self.stopping:
            if self.sent - len(self.settled.got) > AHEAD:
                self.producer.poll(0.01)
                continue
            number = self.sent
            self.sent += 1
            key = b"k%d" % (number % 50) if number % 2 else None
            self.producer.produce(self.topic, b"%d" % number, key, on_delivery=self.on_delivery)
            self.producer.poll(0)
        self.producer.flush(PATIENCE_S)

    def on_delivery(self, error, message):
        if error is None:
            self.confirmed[int(message.value())] = message.partition(), message.offset()
        else:
            self.failed.append(error)


class Settled:
    """What consumers have had, and what they know to be settled."""

    def __init__(self):
        self.lock, self.got, self.settled, self.twice, self.redelivered = threading.Lock(), {}, set(), [], 0

    def take(self, number, where, redelivered):
        with self.lock:
            self.got[number] = where
            self.redelivered += redelivered

    def settle(self, numbers):
        with self.lock:
            self.twice += self.settled.intersection(numbers)
            self.settled.update(numbers)


class Worker(threading.Thread):
    """Takes from a subscription and acknowledges in transactions, through whichever node lives."""

    def __init__(self, nodes, queue, start, settled):
        super().__init__(daemon=True)
        self.nodes, self.queue, self.at, self.settled = nodes, queue, start, settled
        self.stopping, self.error = False, None

    def run(self):
        try:
            while not self.stopping:
                with contextlib.suppress(*LOST):
                    self.consume(connect_to_any(self.nodes, self.at).channel())
                self.at += 1
        except BaseException as error:
            self.error = error
            raise

    def consume(self, channel):
        channel.tx_select()
        channel.basic_qos(prefetch_count=100)
        some = []
        for method, properties, body in channel.consume(self.queue, inactivity_timeout=0.2):
            if method is not None:
                headers = properties.headers
                where = headers["x-stream-partition"], headers["x-stream-offset"]
                self.settled.take(int(body), where, method.redelivered)
                some.append(int(body))
                channel.basic_ack(method.delivery_tag)
            if some and (method is None or len(some) == AT_A_TIME):
                channel.tx_commit()
                self.settled.settle(some)
                some = []
            if self.stopping:
                return


class StreamReader(threading.Thread):
    """Reads the topic as a stream from its start, at one node that is not killed."""

    def __init__(self, node, topic):
        super().__init__(daemon=True)
        self.node, self.topic, self.stopping, self.error, self.got = node, topic, False, None, {}

    def run(self):
        try:
            channel = connect(self.node).channel()
            channel.basic_qos(prefetch_count=500)
            arguments = {"x-stream-offset": "first"}
            stream = channel.consume(self.topic, arguments=arguments, inactivity_timeout=0.2)
            for method, properties, body in stream:
                if self.stopping:
                    return
                if method is None:
                    continue
                where = properties.headers["x-stream-partition"], properties.headers["x-stream-offset"]
                check(where not in self.got, f"{where} came twice")
                self.got[where] = int(body)
                channel.basic_ack(method.delivery_tag)
        except BaseException as error:
            self.error = error
            raise


def subscribe(nodes, queue, topic, number=2):
    with connect(nodes.nodes[number]) as connection:
        arguments = {"x-subscription-topic": topic, "x-subscription-start": "earliest"}
        connection.channel().queue_declare(queue, durable=True, arguments=arguments)


def under_kills(nodes, count):
    """Produced by librdkafka, shared by a worker at each node and read as a stream."""
    random.seed(11)
    create(nodes, "orders", 3)
    subscribe(nodes, "workers", "orders")
    settled = Settled()
    producer = KafkaProducer(nodes, "orders", settled)
    workers = [Worker(nodes, "workers", at, settled) for at in range(3)]
    reader = StreamReader(nodes.nodes[1], "orders")
    threads = [producer, reader, *workers]
    for thread in threads:
        thread.start()
    for number in range(count):
        before = len(producer.confirmed), len(settled.settled), len(reader.got)
        wait_until(
            "all go on",
            lambda: min(
                len(producer.confirmed) - before[0],
                len(settled.settled) - before[1],
                len(reader.got) - before[2],
            )
            >= EACH_KILL,
            120,
        )
        victim = random.choice([2, 3])
        nodes.nodes[victim].restart()
        nodes.wait_for_health()
        print(f"{number + 1}: kill -9, node {victim}: {len(producer.confirmed)} confirmed", flush=True)
    producer.stopping = True
    producer.join(PATIENCE_S)
    check(not producer.failed, f"produces that failed: {producer.failed[:3]}")
    confirmed = set(producer.confirmed)
    wait_until("all comes", lambda: confirmed <= set(settled.got), 120)
    places = set(producer.confirmed.values())
    wait_until("the stream has all", lambda: reader.error or places <= set(reader.got), 120)
    for thread in threads[1:]:
        thread.stopping = True
        thread.join(PATIENCE_S)
        check(thread.error is None and not thread.is_alive(), f"{thread}: {thread.error}")
    equal(settled.twice, [], "records that were settled twice")
    for number, where in producer.confirmed.items():
        equal(settled.got[number], where, f"where {number} lies")
        equal(reader.got[where], number, f"what lies at {where}")
    ends = {at: 1 + max(o for p, o in reader.got if p == at) for at in range(PARTITIONS)}
    position_is_told(nodes, "workers", "orders", ends)
    print(f"{len(confirmed)} confirmed, {settled.redelivered} redelivered", flush=True)


def position_is_told(nodes, group, topic, ends):
    """To the consumer group of the subscription's name, wherever it is looked after."""
    client = admin.AdminClient({"bootstrap.servers": nodes.address})
    places = [confluent_kafka.TopicPartition(topic, partition) for partition in ends]
    asked = [confluent_kafka.ConsumerGroupTopicPartitions(group, places)]

    def told():
        reply = client.list_consumer_group_offsets(asked)[group].result()
        return {place.partition: place.offset for place in reply.topic_partitions} == ends

    wait_until(f"the offsets of {group}", told)


def published_anywhere(nodes):
    """Each node publishes to partitions of one replica each, most of which it does not have."""
    create(nodes, "thin", 1)
    for number, node in nodes.nodes.items():
        with connect(node) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            for n in range(60):
                headers = {"x-record-key": f"key-{n}"} if n % 2 else None
                properties = pika.BasicProperties(headers=headers)
                channel.basic_publish("", "thin", b"%d/%d" % (number, n), properties, mandatory=True)
    for node in nodes.nodes.values():
        with connect(node) as connection:
            got = take(connection.channel(), "thin", 180, {"x-stream-offset": "first"})
            bodies = {body for _, _, body in got}
            equal(bodies, {b"%d/%d" % (at, n) for at in nodes.nodes for n in range(60)}, "the stream")
            found = {properties.headers["x-stream-partition"] for _, properties, _ in got}
            equal(found, set(range(PARTITIONS)), "partitions")


def take(channel, queue, count, arguments=None):
    channel.basic_qos(prefetch_count=100)
    got = []
    for method, properties, body in channel.consume(
        queue, arguments=arguments, inactivity_timeout=PATIENCE_S
    ):
        check(method is not None, f"{queue}: only {len(got)} of {count} came")
        got.append((method, properties, body))
        channel.basic_ack(method.delivery_tag)
        if len(got) == count:
            channel.cancel()
            return got


def one_at_a_time(nodes):
    """basic.get of a subscription, at each node, of records that lie on another one."""
    for number in nodes.nodes:
        subscribe(nodes, "pickers", "thin", number)  # again, with the same arguments
    got = set()
    for node in nodes.nodes.values():
        with connect(node) as connection:
            channel = connection.channel()

            def get():
                method, _, body = channel.basic_get("pickers")
                if method is not None:
                    channel.basic_ack(method.delivery_tag)
                return body

            for _ in range(60):
                got.add(wait_until("a message", get))
    equal(len(got), 180, "messages of the subscription")
    for queue in (f"group-{n}" for n in range(6)):  # whose groups are looked after by several nodes
        subscribe(nodes, queue, "thin")
        position_is_told(nodes, queue, "thin", dict.fromkeys(range(PARTITIONS), 0))
        with connect(nodes.nodes[3]) as connection:
            connection.channel().queue_delete(queue)


def one_partition_away(nodes):
    """What lies on a node that is gone comes when it is back; all else is not held up by it."""
    create(nodes, "away", 1)
    lost = {p["partition"] for p in nodes.partitions("away") if p["leader"] == 3}
    with connect(nodes.nodes[1]) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for n in range(60):
            properties = pika.BasicProperties(headers={"x-record-key": f"key-{n}"})
            channel.basic_publish("", "away", b"%d" % n, properties)
        subscribe(nodes, "lookouts", "away")
        wait_until("all is indexed", lambda: ready(channel, "lookouts") == 60)
    nodes.nodes[3].end(signal.SIGKILL)
    got = {}
    with connect(nodes.nodes[1]) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=100)
        end = time.monotonic() + PATIENCE_S
        for method, properties, body in channel.consume("lookouts", inactivity_timeout=1):
            if method is not None:
                got[int(body)] = properties.headers["x-stream-partition"]
                channel.basic_ack(method.delivery_tag)
            there = set(range(PARTITIONS)) <= lost | set(got.values())
            if there and method is None:
                break
            check(time.monotonic() < end, f"only {len(got)} came")
        channel.close()
        check(not lost & set(got.values()), "what is away can't come")
        away = 60 - len(got)
        check(away > 0, "something is away")
        nodes.nodes[3].start_again()
        rest = take(connection.channel(), "lookouts", away)
        equal(set(got) | {int(body) for _, _, body in rest}, set(range(60)), "all in the end")
    nodes.wait_for_health()
    print(f"{len(got)} came while {away} were away", flush=True)


def ready(channel, queue):
    return channel.queue_declare(queue, passive=True).method.message_count


def buried_and_delayed(nodes):
    """Queues in several logs; the topics' partitions are led wherever."""
    create(nodes, "graves", 1)
    create(nodes, "later", 1)
    with connect(nodes.nodes[1]) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.exchange_declare("graveyard", "fanout", durable=True)
        channel.queue_bind("graves", "graveyard")
        channel.exchange_declare(
            "delays", "x-delayed-message", durable=True, arguments={"x-delayed-type": "fanout"}
        )
        channel.queue_bind("later", "delays")
        for at in range(6):
            arguments = {"x-dead-letter-exchange": "graveyard", "x-message-ttl": 1}
            channel.queue_declare(f"dying-{at}", durable=True, arguments=arguments)
            for n in range(10):
                channel.basic_publish("", f"dying-{at}", b"%d-%d" % (at, n))
        for n in range(30):
            properties = pika.BasicProperties(headers={"x-delay": 300})
            channel.basic_publish("delays", f"key-{n}", b"%d" % n, properties, mandatory=True)
        begin = time.monotonic()
        for topic, count in (("graves", 60), ("later", 30)):
            got = take(connection.channel(), topic, count, {"x-stream-offset": "first"})
            equal(len({body for _, _, body in got}), count, f"messages in {topic}")
        check(time.monotonic() - begin < 10, "without waiting for a leader to move")
    for at in range(6):
        with connect(nodes.nodes[1]) as connection:
            left = connection.channel().queue_declare(f"dying-{at}", passive=True).method.message_count
            equal(left, 0, "what is left of the dead")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=6)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        nodes = Nodes(stack, options=["--amqp-listen", "127.0.0.1:0"])
        nodes.add(3)
        nodes.wait_for_health()
        wait_until(
            "the queue logs are where they will be",
            lambda: all(map(is_settled, nodes.partitions("__queues"))),
        )
        published_anywhere(nodes)
        one_at_a_time(nodes)
        buried_and_delayed(nodes)
        one_partition_away(nodes)
        under_kills(nodes, options.kills)


if __name__ == "__main__":
    main()
