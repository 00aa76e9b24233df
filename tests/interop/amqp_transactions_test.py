"""Transactions with pika: a kill -9 leaves each of them whole or takes all of it away."""

import os
import sys
import threading
import time

import toolchain

if "pika" not in os.environ.get("WEIR_IN_VENV", ""):
    program = toolchain.python()
    os.execve(program, [program, *sys.argv], dict(os.environ, WEIR_IN_VENV="pika"))

import broker
import pika
import pika.exceptions
from scenario import check, equal

PATIENCE_S = 20
KILLS = 3
SOURCE = 5000
TARGETS = ("one", "two", "three")


def connect(weir):
    credentials = pika.PlainCredentials("guest", "guest")
    return pika.BlockingConnection(
        pika.ConnectionParameters(*weir.amqp, credentials=credentials, socket_timeout=10)
    )


def ready(channel, queue):
    return channel.queue_declare(queue, passive=True).method.message_count


def wait_for(what, condition):
    limit = time.monotonic() + PATIENCE_S
    while not condition():
        check(time.monotonic() < limit, f"not within {PATIENCE_S} s: {what}")
        time.sleep(0.02)


def fill(weir):
    with connect(weir) as connection:
        channel = connection.channel()
        for queue in ("source", *TARGETS):
            channel.queue_declare(queue, durable=True)
        channel.tx_select()
        for n in range(SOURCE):
            channel.basic_publish("", "source", b"%d" % n)
        equal(ready(connection.channel(), "source"), 0, "what others see before the commit")
        channel.tx_commit()
        equal(ready(connection.channel(), "source"), SOURCE, "what they see then")


def move_until_it_breaks(weir, moved):
    """One message after the other goes from the source to all targets, each in a transaction."""
    channel = connect(weir).channel()
    channel.tx_select()
    try:
        while True:
            method, _, body = channel.basic_get("source")
            for queue in TARGETS:
                channel.basic_publish("", queue, body)
            channel.basic_ack(method.delivery_tag)
            channel.tx_commit()
            moved.append(body)
    except (pika.exceptions.AMQPError, OSError):
        pass


def after_a_kill(weir, moved):
    with connect(weir) as connection:
        channel = connection.channel()
        counts = {queue: ready(channel, queue) for queue in ("source", *TARGETS)}
        count = counts["one"]
        check(len(moved) <= count <= len(moved) + 1, f"{len(moved)} were committed, {count} are there")
        equal(counts, {"source": SOURCE - count, **dict.fromkeys(TARGETS, count)}, "where the messages are")


def main():
    with broker.Weir("--amqp-listen", "127.0.0.1:0", "--reactors", "1") as weir:  # so all are in one log
        fill(weir)
        moved = []
        for round_ in range(KILLS):
            mover = threading.Thread(target=move_until_it_breaks, args=(weir, moved))
            mover.start()
            wait_for("commits", lambda enough=50 * (round_ + 1): len(moved) >= enough)
            weir.restart()
            mover.join(PATIENCE_S)
            after_a_kill(weir, moved)
            with connect(weir) as connection:
                del moved[:]
                moved += [b""] * ready(connection.channel(), "one")


if __name__ == "__main__":
    main()
