"""Quorum queues through the AMQP door with pika: what they refuse, and messages that come back."""

from amqp_dead_letters_test import declare, take_one  # first: it finds pika
from amqp_queues_test import bodies, connect, fails, ready, take, wait_for

# isort: split
import broker
import pika
from scenario import check, equal

DEFAULT_LIMIT = 20


def refusals(connection):
    arguments = {"x-queue-type": "quorum"}
    channel = connection.channel()
    for name, wrong, wanted in (
        ("q", {"durable": False}, "invalid property 'non-durable' for queue 'q' in vhost '/'"),
        ("q", {"exclusive": True}, "invalid property 'exclusive-owner' for queue 'q' in vhost '/'"),
        ("q", {"auto_delete": True}, "invalid property 'auto-delete' for queue 'q' in vhost '/'"),
        ("", {}, "Cannot declare a server-named queue"),
        (
            "q",
            {"arguments": {**arguments, "x-max-priority": 5}},
            "invalid arg 'x-max-priority' for queue 'q' in vhost '/' of queue type rabbit_quorum_queue",
        ),
    ):
        asked = {"durable": True, "arguments": arguments, **wrong}
        channel, text = fails(
            406, lambda queue=name, its=asked, on=channel: on.queue_declare(queue, **its), channel
        )
        check(wanted in text, text)
    declare(channel, "quorum", durable=True, queue_type="quorum")
    declare(channel, "quorum", durable=True, queue_type="quorum")
    channel, text = fails(406, lambda: channel.queue_declare("quorum", durable=True), channel)
    check("inequivalent arg 'x-queue-type' for queue 'quorum' in vhost '/'" in text, text)
    channel.close()


def come_back(channel, queue, times):
    """Rejects a queue's one message so often; the counts that it had."""
    counts = []
    for _ in range(times):
        wait_for("it again", lambda: ready(channel, queue) == 1)
        method, properties, _ = channel.basic_get(queue)
        counts.append((properties.headers or {}).get("x-delivery-count"))
        channel.basic_nack(method.delivery_tag)
    return counts


def poison(channel):
    channel.queue_declare("dead")
    declare(
        channel,
        "poisoned",
        durable=True,
        queue_type="quorum",
        dead_letter_exchange="",
        dead_letter_routing_key="dead",
    )
    channel.basic_publish("", "poisoned", b"p", pika.BasicProperties(headers={"mine": True}))
    counts = come_back(channel, "poisoned", DEFAULT_LIMIT + 1)
    equal(counts, [None, *range(1, DEFAULT_LIMIT + 1)], "how often it came back")
    _, properties, body = take_one(channel, "dead")
    equal((body, properties.headers["x-last-death-reason"]), (b"p", "delivery_limit"), "the dead letter")
    declare(channel, "patient", durable=True, queue_type="quorum", delivery_limit=-1)
    channel.basic_publish("", "patient", b"p")
    equal(come_back(channel, "patient", DEFAULT_LIMIT + 5)[-1], DEFAULT_LIMIT + 4, "without a limit")
    equal(ready(channel, "patient"), 1, "it is still there")


def counts_survive_a_kill(weir):
    channel = connect(weir).channel()  # ends with the broker
    channel.confirm_delivery()
    declare(channel, "kept", durable=True, queue_type="quorum", delivery_limit=3)
    channel.basic_publish("", "kept", b"k")
    equal(come_back(channel, "kept", 2), [None, 1], "before the kill")
    channel.basic_publish("", "kept", b"l")  # confirmed behind the releases
    weir.restart()
    with connect(weir) as connection:
        channel = connection.channel()
        method, properties, _ = channel.basic_get("kept")
        equal(properties.headers["x-delivery-count"], 2, "after the kill")
        channel.basic_nack(method.delivery_tag)
        equal(bodies(take(channel, "kept", 2)), [b"k", b"l"], "its place")


def main():
    with broker.Weir("--amqp-listen", "127.0.0.1:0") as weir:
        with connect(weir) as connection:
            refusals(connection)
            poison(connection.channel())
        counts_survive_a_kill(weir)


if __name__ == "__main__":
    main()
