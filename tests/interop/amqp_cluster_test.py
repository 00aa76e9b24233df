"""Queues of three nodes with pika: published by one, consumed by another, while nodes are killed.

With --nodes 1 only the last part: the node is killed again and again under publishers and consumers.
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

import pika
import pika.exceptions
from cluster import Nodes, wait_until
from scenario import check, equal

QUEUES = [f"q{n}" for n in range(4)]  # in several queue logs
PATIENCE_S = 60
LOST = (pika.exceptions.AMQPError, OSError)


def connect(node):
    credentials = pika.PlainCredentials("guest", "guest")
    return pika.BlockingConnection(
        pika.ConnectionParameters(
            *node.amqp, credentials=credentials, socket_timeout=10, blocked_connection_timeout=30
        )
    )


def connect_to_any(nodes, number):
    """To that node, or if that is away the next one."""
    numbers = sorted(nodes.nodes)
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        node = nodes.nodes[numbers[number % len(numbers)]]
        number += 1
        if node.alive() and node.amqp:
            with contextlib.suppress(*LOST):
                return connect(node)
        time.sleep(0.1)  # between two rounds
    raise AssertionError("no node can be reached")


class Publisher(threading.Thread):
    """Numbers to one queue, confirmed one by one; a number whose fate is not known is not sent again."""

    def __init__(self, nodes, queue, start):
        super().__init__(daemon=True)
        self.nodes, self.queue, self.at = nodes, queue, start
        self.confirmed, self.unknown, self.stopping, self.error = [], [], False, None

    def run(self):
        number = 0
        try:
            while not self.stopping:
                with contextlib.suppress(*LOST):
                    connection = connect_to_any(self.nodes, self.at)
                    channel = connection.channel()
                    channel.confirm_delivery()
                    while not self.stopping:
                        number += 1
                        self.publish(channel, number)
                self.at += 1
        except BaseException as error:
            self.error = error
            raise

    def publish(self, channel, number):
        try:
            channel.basic_publish("", self.queue, b"%d" % number, pika.BasicProperties(delivery_mode=2))
            self.confirmed.append(number)
        except pika.exceptions.NackError:
            self.unknown.append(number)
        except LOST:
            self.unknown.append(number)
            raise


class Consumer(threading.Thread):
    """Takes and acknowledges what comes from one queue, through whichever node lives."""

    def __init__(self, nodes, queue, start):
        super().__init__(daemon=True)
        self.nodes, self.queue, self.at = nodes, queue, start
        self.got, self.stopping, self.error, self.connections = [], False, None, 0

    def run(self):
        try:
            while not self.stopping:
                with contextlib.suppress(*LOST):
                    connection = connect_to_any(self.nodes, self.at)
                    self.connections += 1
                    self.consume(connection.channel())
                self.at += 1
        except BaseException as error:
            self.error = error
            raise

    def consume(self, channel):
        channel.basic_qos(prefetch_count=20)
        for method, _, body in channel.consume(self.queue, inactivity_timeout=0.5):
            if self.stopping:
                return
            if method is None:
                continue
            self.got.append((int(body), method.redelivered))
            channel.basic_ack(method.delivery_tag)


def declare_through_each(nodes):
    for number, node in nodes.nodes.items():
        with connect(node) as connection:
            channel = connection.channel()
            channel.queue_declare(f"of-{number}", durable=True)
            channel.queue_declare("mine", exclusive=True) if number == 1 else None
            for queue in QUEUES:
                channel.queue_declare(queue, durable=True)
    for node in nodes.nodes.values():
        with connect(node) as connection:
            channel = connection.channel()
            for number in nodes.nodes:
                channel.queue_declare(f"of-{number}", durable=True, passive=True)


def one_by_one(nodes):
    """Published through the first node, seen through the second, taken through the third."""
    first, second, third = (connect(node) for node in nodes.nodes.values())
    with first, second, third:
        for queue in [f"of-{number}" for number in nodes.nodes]:
            channel = first.channel()
            channel.confirm_delivery()
            for number in range(100):
                channel.basic_publish("", queue, b"%d" % number)
            seen = second.channel().queue_declare(queue, passive=True).method.message_count
            equal(seen, 100, "messages seen through another node")
            take = third.channel()
            method, _, body = take.basic_get(queue)
            equal((body, method.message_count), (b"0", 99), "a message through a third node")
            take.basic_nack(method.delivery_tag, requeue=True)
            got = []
            for method, _, body in take.consume(queue, inactivity_timeout=PATIENCE_S):
                check(method is not None, f"only {len(got)} came")
                got.append(int(body))
                take.basic_ack(method.delivery_tag)
                if len(got) == 100:
                    break
            take.cancel()
            equal(got, list(range(100)), "in order")
            equal(channel.queue_delete(queue).method.message_count, 0, "what is left")


def direct_replies_cross_nodes(nodes):
    """Who asks, who answers and the queue between them are each at home on another node."""
    asker, worker = connect(nodes.nodes[1]), connect(nodes.nodes[3])
    with asker, worker:
        ask, work = asker.channel(), worker.channel()
        answers = []
        ask.basic_consume(
            "amq.rabbitmq.reply-to",
            lambda _, method, properties, body: answers.append((properties.correlation_id, body)),
            auto_ack=True,
        )
        work.queue_declare("work", durable=True)
        for number in range(100):
            properties = pika.BasicProperties(
                reply_to="amq.rabbitmq.reply-to", correlation_id=str(number)
            )
            ask.basic_publish("", "work", b"%d" % number, properties)
        left = 100
        for method, properties, body in work.consume("work", inactivity_timeout=PATIENCE_S):
            check(method is not None, f"{left} questions did not come")
            work.queue_declare(properties.reply_to, passive=True)
            work.basic_publish(
                "",
                properties.reply_to,
                body * 2,
                pika.BasicProperties(correlation_id=properties.correlation_id),
            )
            work.basic_ack(method.delivery_tag)
            left -= 1
            if not left:
                break
        end = time.monotonic() + PATIENCE_S
        while len(answers) < 100 and time.monotonic() < end:
            asker.process_data_events(time_limit=1)
        equal(answers, [(str(n), b"%d" % n * 2) for n in range(100)], "answers from another node")
        work.cancel()


def exclusive_queues_end_with_their_node(nodes):
    victim, other = nodes.nodes[2], nodes.nodes[1]
    theirs = connect(victim)
    theirs.channel().queue_declare("short", exclusive=True)
    victim.restart()
    with contextlib.suppress(*LOST):
        theirs.close()

    def is_gone():
        with connect(other) as connection:
            try:
                connection.channel().queue_declare("short", passive=True)
            except pika.exceptions.ChannelClosedByBroker as error:
                return error.reply_code == 404
        return False

    wait_until("an exclusive queue ends with its node", is_gone)
    nodes.wait_for_health()


def check_order(consumer):
    """What comes for the first time comes in order, apart from what was delivered before."""
    highest, seen = 0, set()
    for number, redelivered in consumer.got:
        if number not in seen and not redelivered:
            check(number > highest, f"{consumer.queue}: {number} came after {highest}")
        seen.add(number)
        highest = max(highest, number)


def pause(node):
    """It neither answers nor ends; long enough, at times, for the others to go on without it."""
    node.process.send_signal(signal.SIGSTOP)
    time.sleep(random.uniform(0.1, 3))  # the fault itself
    node.process.send_signal(signal.SIGCONT)


FAULTS = {
    "kill -9": lambda node: node.restart(),
    "SIGTERM": lambda node: node.restart(signal.SIGTERM),
    "SIGSTOP": pause,
}


def under_faults(nodes, count):
    random.seed(7)
    publishers = [Publisher(nodes, queue, at) for at, queue in enumerate(QUEUES)]
    consumers = [Consumer(nodes, queue, at + 1) for at, queue in enumerate(QUEUES)]
    for thread in publishers + consumers:
        thread.start()
    for number in range(count):
        before = [len(publisher.confirmed) for publisher in publishers]
        wait_until(
            "confirms go on",
            lambda: all(len(p.confirmed) >= b + 30 for p, b in zip(publishers, before)),
        )
        victim = random.choice(sorted(nodes.nodes))
        fault = random.choice([*FAULTS, "kill -9"])
        FAULTS[fault](nodes.nodes[victim])
        nodes.wait_for_health()
        print(f"{number + 1}: {fault}, node {victim}: {[len(p.confirmed) for p in publishers]}", flush=True)
    for publisher in publishers:
        publisher.stopping = True
        publisher.join(PATIENCE_S)
        check(publisher.error is None and not publisher.is_alive(), f"{publisher.queue}: {publisher.error}")
    for publisher, consumer in zip(publishers, consumers):

        def missing():
            return set(publisher.confirmed) - {number for number, _ in consumer.got}

        wait_until(f"{publisher.queue}: all that was confirmed comes", lambda: not missing())
        consumer.stopping = True
        consumer.join(PATIENCE_S)
        check(consumer.error is None and not consumer.is_alive(), f"{consumer.queue}: {consumer.error}")
        numbers = [number for number, _ in consumer.got]
        more = len(numbers) - len(set(numbers))
        unknown_to_us = set(numbers) - set(publisher.confirmed) - set(publisher.unknown)
        check(not unknown_to_us, f"{publisher.queue}: numbers that nobody sent: {sorted(unknown_to_us)[:5]}")
        check_order(consumer)
        check(len(publisher.confirmed) > count * 30, "messages were confirmed all the time")
        print(
            f"{publisher.queue}: {len(publisher.confirmed)} confirmed, {len(publisher.unknown)} unknown, "
            f"{more} redelivered, {consumer.connections} consumer connections",
            flush=True,
        )


def of_three(nodes):
    wait_until(
        "the queue logs have three replicas",
        lambda: all(len(p["replicas"]) == 3 and not p.get("adding") for p in nodes.partitions("__queues")),
    )
    declare_through_each(nodes)
    one_by_one(nodes)
    direct_replies_cross_nodes(nodes)
    exclusive_queues_end_with_their_node(nodes)


def of_one(nodes):
    with connect(nodes.nodes[1]) as connection:
        for queue in QUEUES:
            connection.channel().queue_declare(queue, durable=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=3)
    parser.add_argument("--faults", type=int, default=12)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        nodes = Nodes(stack, options=["--amqp-listen", "127.0.0.1:0"])
        nodes.add(options.nodes)
        nodes.wait_for_health()
        of_three(nodes) if options.nodes == 3 else of_one(nodes)
        under_faults(nodes, options.faults)


if __name__ == "__main__":
    main()
