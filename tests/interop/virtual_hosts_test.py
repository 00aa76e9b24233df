"""Streams, subscriptions and delayed messages of several virtual hosts side by side, with pika."""

import time

from doors_test import STREAM, has, publishing_channel, ready, take, wait_for  # first: it finds pika

# isort: split
import broker
import pika
from management_api import Api, quoted
from scenario import check, equal

HOSTS = ["/", "shop", "rabbit/hole"]
FIRST = {"x-stream-offset": "first"}


def connect(weir, host):
    guest = pika.PlainCredentials("guest", "guest")
    return pika.BlockingConnection(pika.ConnectionParameters(*weir.amqp, host, guest, socket_timeout=10))


def bodies(taken):
    return [body for _, _, body in taken]


def subscriptions(channel, api, host):
    """A subscription has its own virtual host's topic, and a group of its own."""
    channel.queue_declare("events", durable=True, arguments=STREAM)
    arguments = {"x-subscription-topic": "events", "x-subscription-start": "earliest"}
    channel.queue_declare("workers", durable=True, arguments=arguments)
    sent = [f"{host} {n}".encode() for n in range(5)]
    for body in sent:
        channel.basic_publish("", "events", body, mandatory=True)
    taken = take(channel, "workers", 5)
    equal(bodies(taken), sent, f"records of {host}")
    equal({method.routing_key for method, _, _ in taken}, {"events"}, "their keys")
    path = "queues/" + quoted(host, "workers")

    def progress():
        found = api.get(path)["subscription"]
        return found["topic"], found["lag"], found["partitions"][0]["position"]

    wait_for("how far it is", lambda: progress() == ("events", 0, 5))


def delayed(channel):
    """What is delayed for a stream and a queue comes to both when it is due."""
    kind = {"x-delayed-type": "topic"}
    channel.exchange_declare("delays", "x-delayed-message", durable=True, arguments=kind)
    channel.queue_declare("later", durable=True, arguments=STREAM)
    channel.queue_declare("later-too", durable=True)
    for queue in ("later", "later-too"):
        channel.queue_bind(queue, "delays", "k.*")
    begin = time.monotonic()
    properties = pika.BasicProperties(headers={"x-delay": 700}, message_id="m")
    channel.basic_publish("delays", "k.1", b"later", properties, mandatory=True)
    channel.basic_publish("delays", "k.2", b"now", mandatory=True)
    equal(ready(channel, "later"), 1, "records at first")
    (_, _, body), (method, came, late) = take(channel, "later", 2, FIRST)
    check(time.monotonic() - begin > 0.6, "it came too early")
    equal((body, late), (b"now", b"later"), "the records")
    equal((method.exchange, method.routing_key), ("delays", "k.1"), "where it was published")
    equal((came.message_id, came.headers["x-delay"]), ("m", -700), "its properties")
    wait_for("the queue has both", lambda: ready(channel, "later-too") == 2)


def dead_letters(channel):
    """A stream gets what dies in its virtual host, also by the default exchange."""
    channel.queue_declare("morgue", durable=True, arguments=STREAM)
    dead = {"x-message-ttl": 1, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "morgue"}
    channel.queue_declare("dying", durable=True, arguments=dead)
    channel.basic_publish("", "dying", b"dead", mandatory=True)
    ((_, properties, body),) = take(channel, "morgue", 1, FIRST)
    equal((body, properties.headers["x-first-death-reason"]), (b"dead", "expired"), "a dead letter")


def filters(channel):
    """A consumer gets the records that its filter names, and no others."""
    channel.queue_declare("news", durable=True, arguments=STREAM | {"x-stream-filter-size-bytes": 32})
    for n in range(60):
        region = ("eu", "us", "", None)[n % 4]
        headers = None if region is None else {"x-stream-filter-value": region}
        channel.basic_publish("", "news", b"%d" % n, pika.BasicProperties(headers=headers))

    def wanted(count, **arguments):
        asked = {"x-stream-" + name.replace("_", "-"): value for name, value in arguments.items()}
        return [int(body) % 4 for body in bodies(take(channel, "news", count, FIRST | asked))]

    equal(wanted(15, filter="eu"), [0] * 15, "one value")
    equal(wanted(30, filter=["us", "eu"]), [0, 1] * 15, "one of two")
    equal(wanted(45, filter="us", match_unfiltered=True), [1, 2, 3] * 15, "with those without a value")
    equal(wanted(60, filter=7), [0, 1, 2, 3] * 15, "what is no filter")


def names_of_other_hosts(connection):
    """In "/" nobody can call a queue as another virtual host's groups are."""
    channel = connection.channel()
    try:
        channel.queue_declare("vhost.shop.s", durable=True, arguments={"x-subscription-topic": "events"})
        raise AssertionError("it is declared")
    except pika.exceptions.ChannelClosedByBroker as error:
        equal(error.reply_code, 406, error.reply_text)
        has(error.reply_text, "another virtual host's")


def over_a_restart(weir):
    """A delayed message outlives a kill -9, and still knows where it is from."""
    for host in HOSTS:
        with connect(weir, host) as connection:
            channel = publishing_channel(connection)
            properties = pika.BasicProperties(headers={"x-delay": 2000})
            channel.basic_publish("delays", "k.3", host.encode(), properties, mandatory=True)
    weir.restart()
    for host in HOSTS:
        with connect(weir, host) as connection:
            channel = publishing_channel(connection)
            equal(bodies(take(channel, "later", 3, FIRST))[2], host.encode(), "after a kill -9")
            channel.queue_declare("workers", passive=True)


def main():
    with broker.Weir("--amqp-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0") as weir:
        api = Api(weir.http)
        for host in HOSTS[1:]:
            api.put("vhosts/" + quoted(host))
        for host in HOSTS:
            with connect(weir, host) as connection:
                channel = publishing_channel(connection)
                subscriptions(channel, api, host)
                delayed(channel)
                dead_letters(channel)
                filters(channel)
        with connect(weir, "/") as connection:
            names_of_other_hosts(connection)
        over_a_restart(weir)
        api = Api(weir.http)  # the door has another port now
        for host in HOSTS[1:]:
            api.delete("vhosts/" + quoted(host))
        equal({queue["vhost"] for queue in api.get("queues")}, {"/"}, "what is left")


if __name__ == "__main__":
    main()
