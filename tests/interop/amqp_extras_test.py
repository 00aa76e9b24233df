"""What queues can do beyond RabbitMQ's, through the AMQP door with pika: retries that wait, messages that
came before, order by key, the time for acknowledgements, and one prefetch for a whole channel."""

import time

from amqp_dead_letters_test import declare, take_one  # first: it finds pika
from amqp_queues_test import bodies, connect, fails, ready, take, wait_for

# isort: split
import broker
import pika
import pika.exceptions
from scenario import check, equal

TIMEOUT_MS = 400


def retries_wait(channel):
    declare(channel, "retry", delayed_retry_min=100, delayed_retry_max=250)
    channel.basic_publish("", "retry", b"r")
    waits = []
    for _ in range(4):
        wait_for("it", lambda: ready(channel, "retry") == 1)
        method, _, _ = channel.basic_get("retry")
        start = time.monotonic()
        channel.basic_nack(method.delivery_tag)
        wait_for("it again", lambda: ready(channel, "retry") == 1)
        waits.append(time.monotonic() - start)
    for waited, wanted in zip(waits, (0.1, 0.2, 0.25, 0.25), strict=True):
        check(wanted - 0.01 <= waited < wanted + 0.2, f"waited {waits}")
    channel.queue_purge("retry")


def what_came_before_is_dropped(channel):
    declare(channel, "once", deduplication_window=60_000)
    channel.queue_declare("always")
    for queue in ("once", "always"):
        channel.queue_bind(queue, "amq.fanout")
    header = {"x-deduplication-header": "h"}
    for body, properties in (
        (b"1", pika.BasicProperties(message_id="a")),
        (b"2", pika.BasicProperties(message_id="a")),
        (b"3", pika.BasicProperties(message_id="b")),
        (b"4", pika.BasicProperties(message_id="c", headers=header)),
        (b"5", pika.BasicProperties(message_id="d", headers=header)),
        (b"6", pika.BasicProperties()),
        (b"7", pika.BasicProperties()),
    ):
        channel.basic_publish("amq.fanout", "", body, properties)  # each is confirmed
    equal(bodies(take(channel, "always", 7, auto_ack=True)), [b"%d" % n for n in range(1, 8)], "all")
    equal(bodies(take(channel, "once", 5, auto_ack=True)), [b"1", b"3", b"4", b"6", b"7"], "each once")


def one_at_a_time_of_a_key(channel):
    declare(channel, "keys", key_ordered=True)
    for body in (b"a1", b"a2", b"b1", b"a3", b"b2", b"none"):
        key = {"x-key": body[:1].decode()} if body != b"none" else {}
        channel.basic_publish("", "keys", body, pika.BasicProperties(headers=key))
    first = [channel.basic_get("keys") for _ in range(4)]
    equal([body for _, _, body in first], [b"a1", b"b1", b"none", None], "the oldest of each key")
    channel.basic_ack(first[1][0].delivery_tag)
    equal(channel.basic_get("keys")[2], b"b2", "the next of a key that was settled")
    channel.basic_nack(first[0][0].delivery_tag)
    method, _, body = channel.basic_get("keys")
    equal((body, method.redelivered), (b"a1", True), "it keeps its place")
    channel.basic_ack(method.delivery_tag)
    equal(channel.basic_get("keys")[2], b"a2", "the next one")


def clients_have_their_time(weir):
    with connect(weir) as connection:
        channel = connection.channel()
        declare(channel, "timed", consumer_timeout=TIMEOUT_MS)
        channel.basic_publish("", "timed", b"t")
        wait_for("it", lambda: ready(channel, "timed") == 1)
        start = time.monotonic()
        channel.basic_consume("timed", lambda *_: None)
        try:
            channel.start_consuming()
            check(False, "the channel did not end")
        except pika.exceptions.ChannelClosedByBroker as error:
            equal(error.reply_code, 406, "the code")
            equal(
                error.reply_text,
                "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. "
                f"Timeout value used: {TIMEOUT_MS} ms. This timeout value can be configured, "
                "see consumers doc guide to learn more",
                "the text",
            )
        took = time.monotonic() - start
        check(TIMEOUT_MS / 1000 <= took < 4 * TIMEOUT_MS / 1000, f"after {took} s")
        channel = connection.channel()
        wait_for("it again", lambda: ready(channel, "timed") == 1)


def one_prefetch_for_all_logs(connection):
    channel = connection.channel()
    channel.basic_qos(prefetch_count=5, global_qos=True)
    got = []

    def on_message(_, method, _properties, body):
        got.append((method, body))

    for n in range(6):  # in several logs
        channel.queue_declare(f"p{n}")
        for _ in range(10):
            channel.basic_publish("", f"p{n}", b"p")
    for n in range(6):
        channel.basic_consume(f"p{n}", on_message)
    wait_for("the first", lambda: connection.process_data_events(0.05) or len(got) >= 5)
    for _ in range(5):
        connection.process_data_events(0.05)
    equal(len(got), 5, "unsettled messages")
    tags = iter(range(1, 61))
    while len(got) < 60:
        before = len(got)
        channel.basic_ack(next(tags))
        wait_for("one more", lambda had=before: connection.process_data_events(0.02) or len(got) > had)
        equal(len(got), before + 1, "one for each acknowledgement")
    channel.close()


def refusals(connection):
    channel = connection.channel()
    channel, text = fails(
        406, lambda: declare(channel, "odd", key_ordered=True, max_priority=3), channel
    )
    check("a queue with priorities can't order by key" in text, text)
    channel.close()


def ids_survive_a_kill(weir):
    channel = connect(weir).channel()  # ends with the broker
    channel.confirm_delivery()
    declare(channel, "once-kept", durable=True, deduplication_window=60_000, retention=60_000)
    channel.basic_publish("", "once-kept", b"1", pika.BasicProperties(message_id="a"))
    take_one(channel, "once-kept")
    channel.basic_publish("", "once-kept", b"2", pika.BasicProperties(message_id="b"))
    weir.restart()
    with connect(weir) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for name in ("a", "b", "c"):
            channel.basic_publish("", "once-kept", name.encode(), pika.BasicProperties(message_id=name))
        equal(bodies(take(channel, "once-kept", 2)), [b"2", b"c"], "what had not come before")


def main():
    with broker.Weir("--amqp-listen", "127.0.0.1:0") as weir:
        with connect(weir) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            retries_wait(channel)
            what_came_before_is_dropped(channel)
            one_at_a_time_of_a_key(channel)
            one_prefetch_for_all_logs(connection)
            refusals(connection)
        clients_have_their_time(weir)
        ids_survive_a_kill(weir)


if __name__ == "__main__":
    main()
