"""Delayed messages through the AMQP door with pika: when they come, what they carry, kill -9."""

import random
import threading
import time

from amqp_dead_letters_test import take_one  # first: it finds pika
from amqp_queues_test import PATIENCE_S, connect, fails, ready, take, wait_for

# isort: split
import broker
import pika
import pika.exceptions
from scenario import check, equal

COUNT = 300
LONGEST_MS = 3000
LATE_P99_S = 0.05
ROUNDS = 10
YEAR_MS = 365 * 24 * 3600 * 1000


def publish(channel, exchange, key, body, delay):
    channel.basic_publish(exchange, key, body, pika.BasicProperties(headers={"x-delay": delay, "mine": 1}))


def declarations(connection):
    channel = connection.channel()
    for arguments in ({}, {"x-delayed-type": "odd"}, {"x-delayed-type": "x-delayed-message"}):
        channel, text = fails(
            406,
            lambda its=arguments, on=channel: on.exchange_declare("d", "x-delayed-message", arguments=its),
            channel,
        )
        check("'x-delayed-type' must be an existing exchange type" in text, text)
    channel.exchange_declare("d", "x-delayed-message", durable=True, arguments={"x-delayed-type": "direct"})
    channel.exchange_declare("d", "x-delayed-message", durable=True, arguments={"x-delayed-type": "direct"})
    for type_, arguments, wanted in (
        ("direct", {}, "arg 'type' for exchange 'd' in vhost '/': received 'direct' but current "),
        ("x-delayed-message", {"x-delayed-type": "topic"}, "arg 'x-delayed-type' for exchange 'd'"),
    ):
        channel, text = fails(
            406,
            lambda type_=type_, its=arguments, on=channel: on.exchange_declare(
                "d", type_, durable=True, arguments=its
            ),
            channel,
        )
        check(wanted in text, text)
    channel.close()


def consume(weir, queues, got):
    """Until as many messages have come: when, when they were due, and their headers."""
    with connect(weir) as connection:
        channel = connection.channel()

        def on_message(_, _method, properties, body):
            got.append((time.time(), float(body), properties.headers))

        for queue in queues:
            channel.basic_consume(queue, on_message, auto_ack=True)
        wait_for("all", lambda: connection.process_data_events(0.005) or len(got) == COUNT)


def lateness(weir, channel):
    """Of delayed messages, in seconds, sorted."""
    queues = ["q0", "q1", "q2"]
    got = []
    consumer = threading.Thread(target=consume, args=(weir, queues, got))
    consumer.start()
    dice = random.Random(1)
    for n in range(COUNT):
        delay = dice.randrange(200, LONGEST_MS)
        publish(channel, "d", f"k{n % 3}", b"%f" % (time.time() + delay / 1000), delay)
    consumer.join(PATIENCE_S)
    equal(len(got), COUNT, "messages that came")
    check(all(headers["x-delay"] < 0 for _, _, headers in got), "the headers of messages that were kept")
    return sorted(at - due for at, due, _ in got)


def come_when_they_are_due(weir, connection):
    channel = connection.channel()
    for n in range(3):  # in several logs
        channel.queue_declare(f"q{n}", durable=True)
        channel.queue_bind(f"q{n}", "d", f"k{n}")
    for left in reversed(range(ROUNDS)):  # a machine that is busy with other things may be late itself
        late = lateness(weir, channel)
        p99 = late[COUNT * 99 // 100]
        print(f"of {COUNT} messages the 99th percentile came {p99 * 1000:.1f} ms late")
        check(late[0] > -0.002, f"one came {-late[0]} s early")
        if p99 < LATE_P99_S:
            break
        check(left > 0, f"the 99th percentile is {p99} s late")
    channel.close()


def without_a_delay(connection):
    channel = connection.channel()
    channel.queue_declare("now")
    channel.queue_bind("now", "d", "now")
    for delay in (0, -5, "no number", None):
        publish(channel, "d", "now", b"n", delay)
        _, properties, _ = take_one(channel, "now")
        equal(properties.headers["x-delay"], delay, "the header")
    publish(channel, "d", "now", b"text", "150")
    equal(ready(channel, "now"), 0, "at first")
    _, properties, _ = take_one(channel, "now")
    equal(properties.headers, {"x-delay": -150, "mine": 1}, "headers of one that was kept")
    channel.exchange_declare("plain", "fanout")
    channel.queue_declare("at-once")
    channel.queue_bind("at-once", "plain")
    channel.exchange_bind("d", "plain")
    publish(channel, "plain", "now", b"both", 100)
    _, properties, _ = take_one(channel, "at-once")
    equal(properties.headers["x-delay"], 100, "an exchange that does not delay")
    _, properties, _ = take_one(channel, "now")
    equal(properties.headers["x-delay"], -100, "the one behind it does")
    channel.confirm_delivery()
    publish(channel, "d", "now", b"y", YEAR_MS)
    channel, text = fails(406, lambda: publish(channel, "d", "now", b"y", 2 * YEAR_MS), channel)
    check("invalid x-delay" in text, text)


def survive_a_kill(weir):
    channel = connect(weir).channel()  # ends with the broker
    channel.confirm_delivery()
    channel.queue_declare("kept", durable=True)
    channel.queue_bind("kept", "d", "kept")
    start = time.time()
    for n in range(20):
        publish(channel, "d", "kept", b"%d" % n, 4000 if n % 2 else 300)
    wait_for("the first ones", lambda: ready(channel, "kept") == 10)
    weir.restart()
    with connect(weir) as connection:
        channel = connection.channel()
        got = take(channel, "kept", 20, auto_ack=True)
        sent = [b"%d" % n for n in [*range(0, 20, 2), *range(1, 20, 2)]]
        equal([body for _, body in got], sent, "what came")
        check(time.time() - start >= 4, "not before their time")


def main():
    with broker.Weir("--amqp-listen", "127.0.0.1:0") as weir:
        with connect(weir) as connection:
            declarations(connection)
            come_when_they_are_due(weir, connection)
            without_a_delay(connection)
        survive_a_kill(weir)


if __name__ == "__main__":
    main()
