"""Dead letters through the AMQP door with pika: why, where to, their headers, cycles, and a kill -9."""

import time

from amqp_queues_test import bodies, connect, fails, ready, take, wait_for  # first: it finds pika

# isort: split
import broker
import pika
from scenario import check, equal

COUNT = 200


def declare(channel, queue, durable=False, **arguments):
    named = {"x-" + name.replace("_", "-"): value for name, value in arguments.items()}
    return channel.queue_declare(queue, durable=durable, arguments=named)


def take_one(channel, queue):
    """The next message of a queue, taken: (method, properties, body)."""
    wait_for(f"a message in {queue}", lambda: ready(channel, queue) > 0)
    method, properties, body = channel.basic_get(queue, auto_ack=True)
    check(method is not None, f"nothing in {queue}")
    return method, properties, body


def last_and_first(headers, queue, reason, exchange):
    for which in ("last", "first"):
        told = tuple(headers[f"x-{which}-death-{what}"] for what in ("queue", "reason", "exchange"))
        equal(told, (queue, reason, exchange), f"the {which} death")


def rejected(channel):
    channel.exchange_declare("dlx", "direct")
    channel.queue_declare("dead")
    channel.queue_bind("dead", "dlx", "buried")
    declare(channel, "work", dead_letter_exchange="dlx", dead_letter_routing_key="buried")
    channel.exchange_declare("in", "fanout")
    channel.queue_bind("work", "in")
    before = time.time()
    properties = pika.BasicProperties(
        headers={"mine": 1, "CC": ["more"]}, expiration="60000", message_id="m", priority=4
    )
    channel.basic_publish("in", "orders", b"x", properties)
    wait_for("it", lambda: ready(channel, "work") == 1)
    method, _, _ = channel.basic_get("work")
    channel.basic_reject(method.delivery_tag, requeue=False)
    method, properties, body = take_one(channel, "dead")
    equal((method.exchange, method.routing_key, body), ("dlx", "buried", b"x"), "the dead letter")
    check(not method.redelivered, "it was not redelivered")
    headers = properties.headers
    check(properties.expiration is None, "it expires no more")
    equal((properties.message_id, properties.priority), ("m", 4), "what stays")
    equal((headers["mine"], "CC" in headers), (1, False), "headers that stay")
    last_and_first(headers, "work", "rejected", "in")
    (death,) = headers["x-death"]
    died = death.pop("time")
    check(abs(died.timestamp() - before) < 60 or abs(died.timestamp() - time.timezone - before) < 60, died)
    wanted = {
        "count": 1,
        "reason": "rejected",
        "queue": "work",
        "exchange": "in",
        "routing-keys": ["orders", "more"],
        "original-expiration": "60000",
    }
    equal(death, wanted, "its death")


def expired_and_too_many(channel):
    declare(channel, "short", message_ttl=50, dead_letter_exchange="", dead_letter_routing_key="dead")
    channel.basic_publish("", "short", b"t")
    _, properties, _ = take_one(channel, "dead")
    last_and_first(properties.headers, "short", "expired", "")
    check("original-expiration" not in properties.headers["x-death"][0], "it had no time of its own")
    declare(channel, "small", max_length=1, dead_letter_exchange="", dead_letter_routing_key="dead")
    for body in (b"old", b"new"):
        channel.basic_publish("", "small", body)
    _, properties, body = take_one(channel, "dead")
    equal((body, properties.headers["x-last-death-reason"]), (b"old", "maxlen"), "the oldest")


def refused_by_a_full_queue(connection):
    channel = connection.channel()
    channel.confirm_delivery()
    declare(
        channel,
        "full",
        max_length=1,
        overflow="reject-publish-dlx",
        dead_letter_exchange="",
        dead_letter_routing_key="dead",
    )
    channel.basic_publish("", "full", b"in")
    try:
        channel.basic_publish("", "full", b"out")
        check(False, "a full queue took a message")
    except pika.exceptions.NackError:
        pass
    _, properties, body = take_one(channel, "dead")
    equal((body, properties.headers["x-last-death-reason"]), (b"out", "maxlen"), "what was refused")
    equal(ready(channel, "full"), 1, "what was in")
    channel.close()


def delivery_limit(channel):
    declare(
        channel, "poison", delivery_limit=2, dead_letter_exchange="", dead_letter_routing_key="dead"
    )
    channel.basic_publish("", "poison", b"p")
    counts = []
    while len(counts) < 3:
        wait_for("it again", lambda: ready(channel, "poison") == 1)
        method, properties, _ = channel.basic_get("poison")
        counts.append((properties.headers or {}).get("x-delivery-count"))
        channel.basic_nack(method.delivery_tag)
    equal(counts, [None, 1, 2], "how often it came back")
    _, properties, _ = take_one(channel, "dead")
    last_and_first(properties.headers, "poison", "delivery_limit", "")


def cycles_and_histories(channel):
    """A message that waits in a queue for its next try, and one that nobody has a part in."""
    declare(channel, "try", dead_letter_exchange="", dead_letter_routing_key="wait")
    declare(channel, "wait", message_ttl=20, dead_letter_exchange="", dead_letter_routing_key="try")
    channel.basic_publish("", "try", b"again")
    for tries in range(3):
        method, properties, _ = next(channel.consume("try", inactivity_timeout=20))
        deaths = (properties.headers or {}).get("x-death", [])
        told = {(death["queue"], death["reason"]): death["count"] for death in deaths}
        wanted = {("wait", "expired"): tries, ("try", "rejected"): tries} if tries else {}
        equal(told, wanted, f"deaths after {tries} tries")
        if tries:
            equal([death["queue"] for death in deaths], ["wait", "try"], "the newest first")
            equal(properties.headers["x-first-death-queue"], "try", "where it died first")
        channel.basic_reject(method.delivery_tag, requeue=False)
    channel.cancel()
    channel.queue_purge("wait")
    declare(channel, "ring", message_ttl=1, dead_letter_exchange="", dead_letter_routing_key="ring")
    channel.basic_publish("", "ring", b"round")
    wait_for("its end", lambda: ready(channel, "ring") == 0)


def refusals(connection):
    channel = connection.channel()
    channel, text = fails(
        406, lambda: declare(channel, "no", dead_letter_routing_key="k"), channel
    )
    check("routing_key_but_no_dlx_defined" in text, text)
    declare(channel, "lost", max_length=0, dead_letter_exchange="not-there")
    channel.basic_publish("", "lost", b"dropped")
    wait_for("its end", lambda: ready(channel, "lost") == 0)
    channel, text = fails(406, lambda: declare(channel, "lost", max_length=0), channel)
    wanted = "inequivalent arg 'x-dead-letter-exchange' for queue 'lost' in vhost '/'"
    check(wanted in text, text)
    channel.close()


def survive_a_kill(weir):
    """Whatever lies between: each message is in one of the two queues at least, and has its history."""
    channel = connect(weir).channel()  # ends with the broker
    channel.confirm_delivery()
    for n in range(4):  # in several logs
        channel.queue_declare(f"graves{n}", durable=True)
        channel.queue_bind(f"graves{n}", "amq.fanout")
    declare(channel, "mortal", durable=True, message_ttl=500, dead_letter_exchange="amq.fanout")
    sent = [b"%d" % n for n in range(COUNT)]
    for body in sent:
        channel.basic_publish("", "mortal", body)
    wait_for("the first deaths", lambda: ready(channel, "graves3") > COUNT // 10)
    weir.restart()
    with connect(weir) as connection:
        channel = connection.channel()
        wait_for("the last deaths", lambda: ready(channel, "mortal") == 0)
        for n in range(4):
            wait_for("all", lambda queue=f"graves{n}": ready(channel, queue) >= COUNT)
            got = bodies(take(channel, f"graves{n}", ready(channel, f"graves{n}"), auto_ack=True))
            equal(sorted(set(got)), sorted(sent), "what is in the graveyard")


def main():
    with broker.Weir("--amqp-listen", "127.0.0.1:0") as weir:
        with connect(weir) as connection:
            channel = connection.channel()
            rejected(channel)
            expired_and_too_many(channel)
            refused_by_a_full_queue(connection)
            delivery_limit(channel)
            cycles_and_histories(channel)
            refusals(connection)
        survive_a_kill(weir)


if __name__ == "__main__":
    main()
