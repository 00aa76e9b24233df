"""Queues through the AMQP door with pika: declarations, routing, confirms, acknowledgements, kill -9."""

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
MESSAGES = 1000
KILLS = 3


def connect(weir):
    credentials = pika.PlainCredentials("guest", "guest")
    return pika.BlockingConnection(
        pika.ConnectionParameters(*weir.amqp, credentials=credentials, socket_timeout=10)
    )


def take(channel, queue, count, auto_ack=False):
    """The next `count` deliveries of a consumer of its own, which is cancelled then: (method, body)."""
    got = []
    for method, _, body in channel.consume(queue, auto_ack=auto_ack, inactivity_timeout=PATIENCE_S):
        check(method is not None, f"{queue}: only {len(got)} of {count} messages came")
        got.append((method, body))
        if len(got) == count:
            break
    channel.cancel()
    return got


def bodies(got):
    return [body for _, body in got]


def ready(channel, queue):
    return channel.queue_declare(queue, passive=True).method.message_count


def wait_for(what, condition):
    limit = time.monotonic() + PATIENCE_S
    while not condition():
        check(time.monotonic() < limit, f"not within {PATIENCE_S} s: {what}")
        time.sleep(0.02)


def fails(code, action, channel):
    try:
        action()
    except pika.exceptions.ChannelClosedByBroker as error:
        equal(error.reply_code, code, f"the code of {error.reply_text}")
        return channel.connection.channel(), error.reply_text
    raise AssertionError(f"no error {code}")


def declarations(connection):
    channel = connection.channel()
    equal(channel.queue_declare("d", durable=True).method.message_count, 0, "a new queue's messages")
    channel.queue_declare("d", durable=True)
    channel, text = fails(406, lambda: channel.queue_declare("d"), channel)
    wanted = "inequivalent arg 'durable' for queue 'd' in vhost '/': received 'false' but current is 'true'"
    check(wanted in text, text)
    channel, text = fails(404, lambda: channel.queue_declare("none", passive=True), channel)
    check("no queue 'none' in vhost '/'" in text, text)
    channel, _ = fails(403, lambda: channel.queue_declare("amq.mine"), channel)
    channel, text = fails(406, lambda: channel.exchange_declare("e", "odd"), channel)
    check("unknown exchange type 'odd'" in text, text)
    channel, _ = fails(404, lambda: channel.queue_bind("d", "no-exchange"), channel)
    name = channel.queue_declare("", exclusive=True).method.queue
    check(name.startswith("amq.gen-"), name)
    channel.basic_publish("", "d", b"1")
    wait_for("the message", lambda: ready(channel, "d") == 1)
    equal(channel.queue_purge("d").method.message_count, 1, "purged messages")
    channel.basic_publish("", "d", b"2")
    channel, text = fails(406, lambda: channel.queue_delete("d", if_empty=True), channel)
    check("not empty" in text, text)
    equal(channel.queue_delete("d").method.message_count, 1, "messages of a deleted queue")
    channel.queue_delete("d")
    channel.close()


def routing(connection):
    channel = connection.channel()
    channel.confirm_delivery()
    for queue in "abcdef":
        channel.queue_declare(queue)
    channel.exchange_declare("t", "topic")
    channel.exchange_declare("f", "fanout")
    channel.exchange_declare("h", "headers")
    channel.queue_bind("a", "t", "*.stock.#")
    channel.queue_bind("a", "t", "usd.#")
    channel.queue_bind("b", "t", "#.nyse")
    channel.queue_bind("c", "f")
    channel.queue_bind("d", "f")
    channel.queue_bind("e", "h", arguments={"x-match": "all", "kind": "x", "size": 2})
    channel.queue_bind("f", "h", arguments={"x-match": "any", "kind": "x", "size": 3})
    channel.exchange_bind("f", "t", "usd.stock.*")
    channel.basic_publish("t", "usd.stock.nyse", b"all")
    channel.basic_publish("t", "eur.stock", b"one")
    channel.basic_publish("h", "", b"e f", pika.BasicProperties(headers={"kind": "x", "size": 2}))
    channel.basic_publish("h", "", b"f", pika.BasicProperties(headers={"size": 3}))
    equal([ready(channel, queue) for queue in "abcdef"], [2, 1, 1, 1, 1, 2], "where messages went")
    equal(bodies(take(channel, "a", 2, auto_ack=True)), [b"all", b"one"], "one copy each, in order")
    try:
        channel.basic_publish("t", "nowhere", b"back", mandatory=True)
        check(False, "an unroutable message was not returned")
    except pika.exceptions.UnroutableError as error:
        equal([m.body for m in error.messages], [b"back"], "what came back")
    channel.basic_publish("t", "nowhere", b"dropped")
    channel.queue_unbind("b", "t", "#.nyse")
    channel.basic_publish("t", "x.nyse", b"dropped")
    equal(ready(channel, "b"), 1, "after its unbinding")
    for queue in "abcdef":
        channel.queue_delete(queue)
    for exchange in "tfh":
        channel.exchange_delete(exchange)
    channel.close()


def confirms_and_acknowledgements(connection):
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare("q", durable=True)
    properties = pika.BasicProperties(delivery_mode=2, headers={"n": [1, None, True]}, message_id="m")
    sent = [b"%d" % n for n in range(MESSAGES)]
    for body in sent:
        channel.basic_publish("", "q", body, properties)
    equal(ready(channel, "q"), MESSAGES, "messages that were confirmed")
    consumer = connection.channel()
    consumer.basic_qos(prefetch_count=100)
    got = []

    def on_message(_, method, its, body):
        got.append((method, its, body))
        consumer.basic_ack(method.delivery_tag, multiple=len(got) % 2 == 0)
        if len(got) == MESSAGES:
            consumer.stop_consuming()

    consumer.basic_consume("q", on_message)
    consumer.start_consuming()
    equal([body for _, _, body in got], sent, "what the consumer got")
    equal(got[0][1].headers, properties.headers, "its headers")
    equal([m.delivery_tag for m, _, _ in got], list(range(1, MESSAGES + 1)), "delivery tags")
    check(not any(m.redelivered for m, _, _ in got), "nothing was redelivered")
    equal(ready(channel, "q"), 0, "what is left")

    def acknowledge_again():
        consumer.basic_ack(5)
        consumer.queue_declare("q", passive=True)

    channel, text = fails(406, acknowledge_again, consumer)
    check("unknown delivery tag 5" in text, text)
    channel.close()


def requeue(connection, weir):
    channel = connection.channel()
    channel.queue_declare("r")
    for body in (b"1", b"2", b"3"):
        channel.basic_publish("", "r", body)
    first = take(channel, "r", 3)
    channel.basic_nack(first[1][0].delivery_tag, multiple=True, requeue=True)
    again = take(channel, "r", 2)
    equal(bodies(again), [b"1", b"2"], "back in their places")
    check(all(method.redelivered for method, _ in again), "the flag of what came back")
    with connect(weir) as other:
        theirs = other.channel()
        channel.close()  # gives back all three
        got = take(theirs, "r", 3)
        equal(bodies(got), [b"1", b"2", b"3"], "what another consumer gets")
        check(all(method.redelivered for method, _ in got), "its flag")
        theirs.basic_reject(got[0][0].delivery_tag, requeue=False)
        theirs.basic_ack(got[2][0].delivery_tag, multiple=True)
        method, _, _ = theirs.basic_get("r")
        equal(method, None, "an empty queue")
        theirs.basic_publish("", "r", b"4")
        method, _, body = theirs.basic_get("r", auto_ack=True)
        equal((body, method.message_count), (b"4", 0), "one by one")
        theirs.queue_delete("r")


def short_lived(connection, weir):
    with connect(weir) as other:
        theirs = other.channel()
        theirs.queue_declare("mine", exclusive=True)
        theirs.queue_declare("auto", auto_delete=True)
        channel, text = fails(405, lambda: connection.channel().queue_declare("mine", passive=True), theirs)
        check("cannot obtain exclusive access to locked queue 'mine' in vhost '/'" in text, text)
        channel.basic_publish("", "auto", b"x")
        take(channel, "auto", 1, auto_ack=True)
    channel = connection.channel()
    for name in ("mine", "auto"):
        channel, _ = fails(404, lambda queue=name: channel.queue_declare(queue, passive=True), channel)
    cancelled = []
    channel.queue_declare("gone")
    channel.add_on_cancel_callback(cancelled.append)
    channel.basic_consume("gone", lambda *_: None)
    with connect(weir) as other:
        other.channel().queue_delete("gone")
    wait_for("the cancel", lambda: connection.process_data_events(0.05) or cancelled)


def before_a_kill(weir):
    """Leaves a queue of four messages, of which three were delivered."""
    connection = connect(weir)  # ends with the broker
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare("k", durable=True)
    channel.queue_declare("transient")
    channel.exchange_declare("ke", "direct", durable=True)
    channel.queue_bind("k", "ke", "key")
    for body in (b"1", b"2", b"3", b"4"):
        channel.basic_publish("ke", "key", body)
    channel.basic_qos(prefetch_count=3)
    channel.basic_consume("k", lambda _c, method, _p, body: got.append((method, body)))
    got = []
    wait_for("three messages", lambda: connection.process_data_events(0.05) or len(got) == 3)
    channel.basic_ack(got[0][0].delivery_tag)
    wait_for("the fourth", lambda: connection.process_data_events(0.05) or len(got) == 4)
    channel.basic_nack(got[3][0].delivery_tag)
    channel.basic_publish("", "k", b"5")  # what was delivered before is in the log with it


def survives_a_kill(weir):
    before_a_kill(weir)
    weir.restart()
    with connect(weir) as connection:
        channel = connection.channel()
        got = take(channel, "k", 4)
        equal(bodies(got), [b"2", b"3", b"4", b"5"], "what was not acknowledged")
        equal([m.redelivered for m, _ in got], [True, True, True, False], "redelivered flags")
        channel.basic_ack(0, multiple=True)
        channel.basic_publish("ke", "key", b"6")
        equal(bodies(take(channel, "k", 1, auto_ack=True)), [b"6"], "the binding")
        fails(404, lambda: channel.queue_declare("transient", passive=True), channel)


def publish_until_it_breaks(weir, confirmed):
    channel = connect(weir).channel()
    channel.confirm_delivery()
    try:
        while True:
            channel.basic_publish("", "safe", b"%d" % len(confirmed))
            confirmed.append(True)
    except (pika.exceptions.AMQPError, OSError):
        pass


def no_confirmed_message_is_lost(weir):
    """A kill -9 while somebody publishes: what was confirmed is there, in order, and at most one more."""
    for round_ in range(KILLS):
        with connect(weir) as connection:
            connection.channel().queue_declare("safe", durable=True)
        confirmed = []
        publisher = threading.Thread(target=publish_until_it_breaks, args=(weir, confirmed))
        publisher.start()
        wait_for("confirms", lambda counted=confirmed: len(counted) >= 100 * (round_ + 1))
        weir.restart()
        publisher.join(PATIENCE_S)
        with connect(weir) as connection:
            channel = connection.channel()
            count = ready(channel, "safe")
            check(len(confirmed) <= count <= len(confirmed) + 1, f"{len(confirmed)} confirmed, {count} there")
            got = take(channel, "safe", count)
            equal(bodies(got), [b"%d" % n for n in range(count)], "what is there")
            channel.basic_ack(0, multiple=True)
            wait_for("the acknowledgements", lambda queue=channel: ready(queue, "safe") == 0)


def main():
    with broker.Weir("--amqp-listen", "127.0.0.1:0") as weir:
        with connect(weir) as connection:
            declarations(connection)
            routing(connection)
            confirms_and_acknowledgements(connection)
            requeue(connection, weir)
            short_lived(connection, weir)
        survives_a_kill(weir)
        no_confirmed_message_is_lost(weir)


if __name__ == "__main__":
    main()
