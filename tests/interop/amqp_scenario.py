"""What every AMQP 0-9-1 client must be able to do, told to its agent step by step; the same for all clients.

A header's value is a pair of its type's name and itself: "bool", "int", "double", "text", "bytes" (base64),
"time" (seconds), "null", "decimal" ([places, digits]), "array" (pairs), "table" ([name, pair]). An agent's
"lacks" names the steps and the types that its client does not have.
"""

import base64
import sys
import time

from agent import Agent
from scenario import check, equal, fails_with, until

ACCESS_REFUSED, NOT_FOUND, RESOURCE_LOCKED, PRECONDITION_FAILED = 403, 404, 405, 406
CONFIRMED_MESSAGES = 1000
FRAME_BODY_BYTES = 131_072 - 8  # of a frame of the size that servers and clients agree on
BODY_SIZES = [0, 1, FRAME_BODY_BYTES, FRAME_BODY_BYTES + 1, 3 * FRAME_BODY_BYTES, 3_000_000]
PATIENCE_S = 30
KILLS = 2
HEADERS = [
    ["array", ["array", [["int", 1], ["text", "two"], ["bool", False]]]],
    ["bytes", ["bytes", base64.b64encode(bytes(range(256))).decode()]],
    ["decimal", ["decimal", [2, 314]]],
    ["double", ["double", 2.5]],
    ["int", ["int", 7]],
    ["large", ["int", 1 << 40]],
    ["negative", ["int", -5]],
    ["null", ["null", None]],
    ["table", ["table", [["inner", ["table", [["deep", ["bool", True]]]]]]]],
    ["text", ["text", "\u00e5\U0001f30a"]],
    ["time", ["time", 1_700_000_000]],
    ["true", ["bool", True]],
]
PROPERTIES = dict(
    content_type="text/plain",
    content_encoding="utf-8",
    delivery_mode=2,
    priority=5,
    correlation_id="correlated",
    reply_to="answers",
    expiration="60000",
    message_id="m-1",
    timestamp=1_700_000_001,
    type="greeting",
    user_id="guest",
    app_id="weir",
)
SET_BY_CLIENTS = ["content_type", "content_encoding", "delivery_mode", "priority", "message_id"]  # by some


def encode(body):
    return base64.b64encode(body).decode()


def text_bodies(numbers):
    return [b"%d" % n for n in numbers]


class Delivery:
    """A message as a client got it."""

    def __init__(self, fields):
        self.tag, self.redelivered = fields["tag"], fields["redelivered"]
        self.exchange, self.key, self.count = fields["exchange"], fields["key"], fields.get("count")
        self.body, self.properties = base64.b64decode(fields["body"]), fields["properties"]


class Channel:
    """One of the agent's channels; `connection` is any name, the same name the same connection."""

    def __init__(self, agent, connection="main", confirms=False):
        self.agent = agent
        self.id = agent.call("channel", connection=connection, confirms=confirms)

    def call(self, op, **arguments):
        return self.agent.call(op, channel=self.id, **arguments)

    def close(self):
        self.call("close_channel")

    def queue(self, name, durable=False, exclusive=False, auto_delete=False, passive=False, arguments=()):
        """(name, ready messages, consumers)"""
        kind = dict(durable=durable, exclusive=exclusive, auto_delete=auto_delete, passive=passive)
        return tuple(self.call("queue", name=name, arguments=list(arguments), **kind))

    def ready(self, name):
        return self.queue(name, passive=True)[1]

    def exchange(self, name, kind, durable=False, passive=False):
        self.call("exchange", name=name, kind=kind, durable=durable, passive=passive)

    def bind(self, queue, exchange, key="", arguments=()):
        self.call("bind", queue=queue, exchange=exchange, key=key, arguments=list(arguments))

    def publish(self, exchange, key, *bodies, mandatory=False, **properties):
        """What the client says has become of them: {"acked": count, "returned": bodies}."""
        encoded = [encode(body) for body in bodies]
        more = dict(mandatory=mandatory, properties=properties)
        said = self.call("publish", exchange=exchange, key=key, bodies=encoded, **more)
        said["returned"] = [base64.b64decode(body) for body in said["returned"]]
        return said

    def get(self, queue, no_ack=True):
        fields = self.call("get", queue=queue, no_ack=no_ack)
        return Delivery(fields) if fields else None

    def consume(self, queue, tag="", no_ack=False, exclusive=False):
        return self.call("consume", queue=queue, tag=tag, no_ack=no_ack, exclusive=exclusive)

    def take(self, count, limit_s=PATIENCE_S):
        """Waits for the next `count` deliveries to this channel's consumers."""
        found = self.call("deliveries", count=count, wait_ms=limit_s * 1000)
        check(len(found) == count, f"{len(found)} of {count} messages came within {limit_s} s")
        return [Delivery(fields) for fields in found]

    def settle(self, verdict, delivery, multiple=False, requeue=False):
        self.call("settle", verdict=verdict, tag=delivery.tag, multiple=multiple, requeue=requeue)

    def delete(self, *queues):
        for queue in queues:
            self.call("delete_queue", name=queue)


class Context:
    def __init__(self, weir, command):
        self.weir, self.command = weir, command
        self.agent = Agent(command, "{}:{}".format(*weir.amqp))
        self.lacks = self.agent.lacks

    def channel(self, connection="main", confirms=False):
        return Channel(self.agent, connection, confirms)

    def refused(self, code, what, action):
        """The action on a channel of its own fails with this code."""
        channel = self.channel()
        fails_with([code], what, lambda: action(channel))


def bodies(deliveries):
    return [delivery.body for delivery in deliveries]


def declarations(context):
    channel = context.channel()
    equal(channel.queue("d", durable=True), ("d", 0, 0), "a new queue")
    channel.queue("d", durable=True)
    name, _, _ = channel.queue("", exclusive=True)
    check(name.startswith("amq.gen-"), f"the server's name for a queue: {name}")
    channel.publish("", "d", b"1")
    until("the message", PATIENCE_S, lambda: channel.ready("d") == 1)
    channel.consume(name)
    equal(channel.queue(name, passive=True)[2], 1, "consumers")
    channel.exchange("de", "direct", durable=True)
    channel.exchange("de", "direct", passive=True)
    context.refused(PRECONDITION_FAILED, "another kind of queue", lambda c: c.queue("d"))
    context.refused(PRECONDITION_FAILED, "another kind of exchange", lambda c: c.exchange("de", "fanout"))
    context.refused(NOT_FOUND, "a queue that is not there", lambda c: c.queue("none", passive=True))
    context.refused(ACCESS_REFUSED, "a reserved name", lambda c: c.queue("amq.mine"))
    context.refused(NOT_FOUND, "a binding to nothing", lambda c: c.bind("d", "no-exchange"))
    other = context.channel("other")
    fails_with([RESOURCE_LOCKED], "another's queue", lambda: other.queue(name, passive=True))
    channel.call("purge", name="d")
    equal(channel.ready("d"), 0, "messages after a purge")
    channel.delete("d")
    channel.call("delete_exchange", name="de")
    context.refused(NOT_FOUND, "a deleted queue", lambda c: c.queue("d", passive=True))
    channel.close()


def routing(context):
    channel = context.channel(confirms=True)
    for queue in "abcdef":
        channel.queue(queue)
    for name, kind in (("t", "topic"), ("f", "fanout"), ("h", "headers"), ("r", "direct")):
        channel.exchange(name, kind)
    channel.bind("a", "t", "*.stock.#")
    channel.bind("a", "t", "usd.#")
    channel.bind("b", "t", "#.nyse")
    channel.bind("c", "f")
    channel.bind("d", "f")
    kind, small, large = ["kind", ["text", "x"]], ["size", ["int", 2]], ["size", ["int", 3]]
    channel.bind("e", "h", arguments=[["x-match", ["text", "all"]], kind, small])
    channel.bind("f", "h", arguments=[["x-match", ["text", "any"]], kind, large])
    channel.bind("b", "r", "key")
    channel.publish("t", "usd.stock.nyse", b"all")
    channel.publish("t", "eur.stock", b"one")
    channel.publish("f", "any", b"fan")
    channel.publish("h", "", b"e f", headers=[kind, small])
    channel.publish("h", "", b"f", headers=[large])
    channel.publish("r", "key", b"direct")
    channel.publish("r", "other", b"dropped")
    equal([channel.ready(queue) for queue in "abcdef"], [2, 2, 1, 1, 1, 2], "where messages went")
    equal([channel.get("b").body for _ in range(2)], [b"all", b"direct"], "what went to b")
    channel.call("unbind", queue="b", exchange="r", key="key")
    channel.publish("r", "key", b"dropped")
    equal(channel.ready("b"), 0, "after its unbinding")
    channel.delete(*"abcdef")
    for exchange in "tfhr":
        channel.call("delete_exchange", name=exchange)
    channel.close()


def confirms_and_prefetch(context):
    channel = context.channel(confirms=True)
    channel.queue("q", durable=True)
    said = channel.publish("", "q", *text_bodies(range(CONFIRMED_MESSAGES)), delivery_mode=2)
    equal(said, {"acked": CONFIRMED_MESSAGES, "returned": []}, "what was said of the messages")
    equal(channel.ready("q"), CONFIRMED_MESSAGES, "messages in the queue")
    channel.call("qos", count=50)
    channel.consume("q")
    got = channel.take(50)
    equal(channel.call("deliveries", count=1, wait_ms=200), [], "more than the prefetch count")
    for delivery in got[:20]:
        channel.settle("ack", delivery)
    while len(got) < CONFIRMED_MESSAGES:
        channel.settle("ack", got[-1], multiple=True)
        got += channel.take(20 if len(got) == 50 else min(50, CONFIRMED_MESSAGES - len(got)))
    equal(bodies(got), text_bodies(range(CONFIRMED_MESSAGES)), "the messages, in order")
    check(not any(delivery.redelivered for delivery in got), "none was delivered before")
    channel.settle("ack", got[-1], multiple=True)
    channel.close()
    channel = context.channel()
    equal(channel.ready("q"), 0, "messages that are left")
    channel.delete("q")
    channel.close()


def properties(context):
    channel = context.channel(confirms=True)
    channel.queue("p")
    headers = [pair for pair in HEADERS if pair[1][0] not in context.lacks]
    channel.publish("", "p", b"body", headers=headers, **PROPERTIES)
    channel.publish("", "p", b"plain")
    wanted = dict(PROPERTIES, headers=headers)
    got = channel.get("p", no_ack=False)
    equal((got.body, got.exchange, got.key, got.count), (b"body", "", "p", 1), "the message that was got")
    equal(got.properties, wanted, "its properties")
    channel.settle("nack", got, requeue=True)
    channel.consume("p", no_ack=True)
    first, plain = channel.take(2)
    equal(first.properties, wanted, "the properties of the message that was delivered")
    check(first.redelivered and not plain.redelivered, "only the first was delivered before")
    for name in SET_BY_CLIENTS:
        plain.properties.pop(name, None)
    equal({k: v for k, v in plain.properties.items() if v not in (None, [])}, {}, "no properties")
    channel.close()


def large_bodies(context):
    channel = context.channel(confirms=True)
    channel.queue("l", durable=True)
    sent = [bytes((n + size) % 251 for n in range(min(size, 500))) * (size // 500 + 1) for size in BODY_SIZES]
    sent = [body[:size] for body, size in zip(sent, BODY_SIZES)]
    for body in sent:
        channel.publish("", "l", body)
    channel.consume("l", no_ack=True)
    for got, wanted in zip(channel.take(len(sent)), sent):
        check(got.body == wanted, f"a body of {len(wanted)} bytes came as {len(got.body)}")
    channel.delete("l")
    channel.close()


def requeue(context):
    channel, other = context.channel(confirms=True), context.channel("other")
    channel.queue("r")
    channel.publish("", "r", *text_bodies(range(5)))
    channel.call("qos", count=5)
    tag = channel.consume("r", "first")
    equal(tag, "first", "the consumer's tag")
    got = channel.take(5)
    equal(bodies(got), text_bodies(range(5)), "what the first got")
    channel.call("cancel", tag=tag)
    other.consume("r")
    channel.settle("nack", got[2], multiple=True, requeue=True)
    channel.settle("reject", got[3], requeue=True)
    again = other.take(4)
    equal(bodies(again), text_bodies(range(4)), "what came to the other consumer")
    check(all(delivery.redelivered for delivery in again), "they were delivered before")
    channel.close()
    last = other.take(1)
    equal(bodies(last), [b"4"], "what the closed channel still held")
    other.settle("reject", again[0])
    other.settle("ack", last[0], multiple=True)
    other.close()
    channel = context.channel()
    equal(channel.ready("r"), 0, "messages that are left")
    channel.delete("r")
    channel.close()


def polling(context):
    channel = context.channel(confirms=True)
    channel.queue("g")
    equal(channel.get("g"), None, "of an empty queue")
    channel.publish("", "g", b"1", b"2", b"3")
    first, second = channel.get("g", no_ack=False), channel.get("g", no_ack=True)
    equal([(m.body, m.count, m.redelivered) for m in (first, second)], [(b"1", 2, False), (b"2", 1, False)],
          "the two got")  # fmt: skip
    channel.settle("reject", first, requeue=True)
    again = channel.get("g", no_ack=False)
    equal((again.body, again.redelivered), (b"1", True), "the first, again")
    channel.settle("nack", again)
    equal(channel.get("g").body, b"3", "the last")
    equal(channel.get("g"), None, "after the last")
    channel.delete("g")
    channel.close()


def unroutable(context):
    channel = context.channel(confirms=True)
    equal(channel.publish("amq.direct", "nowhere", b"dropped"), {"acked": 1, "returned": []}, "dropped")
    said = channel.publish("amq.direct", "nowhere", b"back", mandatory=True)
    equal(said["returned"], [b"back"], "what came back")
    channel.close()


def errors(context):
    channel, other = context.channel(), context.channel("other")
    channel.queue("x")
    channel.consume("x", exclusive=True)
    fails_with([ACCESS_REFUSED], "a second consumer", lambda: other.consume("x"))
    context.refused(NOT_FOUND, "a consumer of nothing", lambda c: c.consume("none"))
    confirming = context.channel(confirms=True)
    fails_with([NOT_FOUND], "no such exchange", lambda: confirming.publish("no-exchange", "", b""))
    equal(channel.ready("x"), 0, "on a channel that had no error")
    channel.delete("x")
    channel.close()


def cancel(context):
    channel, other = context.channel(confirms=True), context.channel("other")
    channel.queue("c")
    mine = channel.consume("c", no_ack=True)
    channel.publish("", "c", b"1")
    equal(bodies(channel.take(1)), [b"1"], "before its cancellation")
    channel.call("cancel", tag=mine)
    channel.publish("", "c", b"2")
    equal(channel.call("deliveries", count=1, wait_ms=200), [], "after its cancellation")
    its = other.consume("c", no_ack=True)
    equal(bodies(other.take(1)), [b"2"], "what the other got")
    channel.delete("c")
    if "cancelled" not in context.lacks:
        equal(other.call("cancelled", wait_ms=PATIENCE_S * 1000), [its], "whose queue is gone")
    channel.close()
    other.close()


def comes_to_the_follower(context, channel, body):
    channel.publish("", "followed", body.encode())
    try:
        until("the consumer's return", PATIENCE_S, lambda: body in context.agent.call("followed"))
    except AssertionError as late:
        raise AssertionError(f"{late}; its queue: {channel.queue('followed', passive=True)}") from late


def recovery(context):
    """A publisher and a consumer find weir again after kill -9; what was confirmed comes, and in order."""
    channel = context.channel("aside")
    channel.queue("safe", durable=True)
    context.agent.call("steady", queue="safe")
    followed = "follow" not in context.lacks
    if followed:
        channel.queue("followed", durable=True)
        context.agent.call("follow", queue="followed")
    for kill in range(KILLS):
        if followed:  # clients that are cut off while they recover are their authors' matter
            comes_to_the_follower(context, context.channel(f"beside {kill}"), f"before {kill}")
        goal = 200 * (kill + 1)
        until("confirms", PATIENCE_S, lambda: context.agent.call("confirmed")["count"] >= goal)
        context.weir.restart()
    goal = 200 * (KILLS + 1)
    until("confirms", PATIENCE_S, lambda: context.agent.call("confirmed")["count"] >= goal)
    confirmed = context.agent.call("stop_steady")
    channel = context.channel("after", confirms=True)
    left = channel.ready("safe")
    channel.consume("safe", no_ack=True)
    got = [int(message.body) for message in channel.take(left)]
    check(set(confirmed) <= set(got), f"lost: {sorted(set(confirmed) - set(got))[:20]}")
    equal(list(dict.fromkeys(got)), sorted(set(got)), "what came, in order")
    if followed:
        comes_to_the_follower(context, channel, "after")


STEPS = dict(
    declarations=declarations,
    routing=routing,
    confirms_and_prefetch=confirms_and_prefetch,
    properties=properties,
    large_bodies=large_bodies,
    requeue=requeue,
    polling=polling,
    unroutable=unroutable,
    errors=errors,
    cancel=cancel,
    recovery=recovery,
)


def run(weir, command, only=()):
    """Every step that this client can do, in order; the first that fails raises."""
    context = Context(weir, command)
    print(f"{context.agent.client}; it lacks {', '.join(sorted(context.lacks)) or 'nothing'}")
    for step, function in STEPS.items():
        if only and step not in only:
            continue
        if step in context.lacks:
            print(f"  {step}: not in this client")
            continue
        begin = time.monotonic()
        function(context)
        print(f"  {step}: ok, {time.monotonic() - begin:.1f} s")
        sys.stdout.flush()
    context.agent.close()
