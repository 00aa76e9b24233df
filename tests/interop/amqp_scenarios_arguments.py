"""The arguments that RabbitMQ's documentation names, of queues of each type and of consumers, with values
that can and that can't be; to be played to weir and to RabbitMQ."""

from datetime import datetime, timedelta
from decimal import Decimal

from pika.compat import long
from pika.spec import Basic, Confirm, Exchange, Queue

TYPES = ("classic", "quorum", "stream")
FITTING = {
    "x-expires": 60000,
    "x-message-ttl": 60000,
    "x-dead-letter-exchange": "",
    "x-dead-letter-strategy": "at-most-once",
    "x-max-length": 10,
    "x-max-length-bytes": 10_000_000,
    "x-max-in-memory-length": 10,
    "x-max-in-memory-bytes": 1000,
    "x-max-priority": 5,
    "x-overflow": "drop-head",
    "x-queue-mode": "lazy",
    "x-queue-version": 2,
    "x-single-active-consumer": True,
    "x-delivery-limit": 5,
    "x-quorum-initial-group-size": 1,
    "x-initial-cluster-size": 1,
    "x-queue-leader-locator": "client-local",
    "x-queue-master-locator": "client-local",
    "x-max-age": "7D",
    "x-stream-max-segment-size-bytes": 1_000_000,
    "x-ha-policy": "all",
    "x-cancel-on-ha-failover": True,
}
OTHERWISE = {
    "x-expires": 60001,
    "x-message-ttl": 60001,
    "x-dead-letter-exchange": "amq.direct",
    "x-dead-letter-strategy": "at-least-once",
    "x-max-length": 11,
    "x-max-length-bytes": 11_000_000,
    "x-max-in-memory-length": 11,
    "x-max-in-memory-bytes": 1001,
    "x-max-priority": 6,
    "x-overflow": "reject-publish",
    "x-queue-mode": "default",
    "x-queue-version": 1,
    "x-single-active-consumer": False,
    "x-delivery-limit": 6,
    "x-quorum-initial-group-size": 2,
    "x-initial-cluster-size": 2,
    "x-queue-leader-locator": "balanced",
    "x-queue-master-locator": "min-masters",
    "x-max-age": "8D",
    "x-stream-max-segment-size-bytes": 2_000_000,
}


def _declare(client, queue, kind, **arguments):
    client.do(Queue.Declare(queue=queue, durable=True, arguments={"x-queue-type": kind} | arguments))


# ---- of queues


def _each_argument(play, kind):
    a = play.connect()
    q = play.name("q")
    for name, value in FITTING.items():
        _declare(a, q, kind, **{name: value})
        a.do(Queue.Delete(queue=q))


def arguments_of_classic_queues(play):
    _each_argument(play, "classic")


def arguments_of_quorum_queues(play):
    _each_argument(play, "quorum")


def arguments_of_streams(play):
    _each_argument(play, "stream")


def _again_otherwise(play, kind, unfit):
    """Each argument alone, then again: the same, another value, none; and where none was."""
    a = play.connect()
    q, plain = play.name("q"), play.name("plain")
    _declare(a, plain, kind)
    for name, value in OTHERWISE.items():
        if name in unfit:
            continue
        _declare(a, q, kind, **{name: FITTING[name]})
        _declare(a, q, kind, **{name: FITTING[name]})
        _declare(a, q, kind, **{name: value})
        _declare(a, q, kind)
        _declare(a, plain, kind, **{name: FITTING[name]})
        a.do(Queue.Delete(queue=q))


OF_QUORUM_QUEUES = {
    "x-dead-letter-strategy",
    "x-delivery-limit",
    "x-initial-cluster-size",
    "x-max-in-memory-bytes",
    "x-max-in-memory-length",
    "x-quorum-initial-group-size",
}
OF_STREAMS = {"x-max-age", "x-stream-max-segment-size-bytes"}


def classic_queues_again_otherwise(play):
    _again_otherwise(play, "classic", OF_QUORUM_QUEUES | OF_STREAMS | {"x-queue-leader-locator"})


def quorum_queues_again_otherwise(play):
    _again_otherwise(play, "quorum", {"x-max-priority", "x-queue-mode", "x-queue-version"} | OF_STREAMS)


def streams_again_otherwise(play):
    for_streams = {"x-max-age", "x-max-length-bytes", "x-stream-max-segment-size-bytes"}
    _again_otherwise(play, "stream", set(OTHERWISE) - for_streams)


def queue_arguments_that_cant_be(play):
    a = play.connect()
    q = play.name("q")
    for kind, name, values in (
        ("classic", "x-queue-mode", ("odd", "", 5, True)),
        ("classic", "x-queue-version", (0, 3, -1, "2", True)),
        ("classic", "x-queue-type", ("", "CLASSIC", "rabbit_classic_queue", True)),
        ("classic", "x-overflow", ("", "reject")),
        ("classic", "x-dead-letter-exchange", (5, True, [1], None)),
        ("classic", "x-dead-letter-routing-key", ("key", 5)),
        ("classic", "x-dead-letter-strategy", ("at-least-once", "odd")),
        ("quorum", "x-dead-letter-strategy", ("at-least-once", "odd", 5)),
        ("quorum", "x-dead-letter-routing-key", ("key", 5)),
        ("quorum", "x-overflow", ("reject-publish", "odd", 5)),
        ("quorum", "x-delivery-limit", ("5",)),
        ("quorum", "x-max-in-memory-length", (-1, "5")),
        ("quorum", "x-max-in-memory-bytes", (-1, "5")),
        ("quorum", "x-quorum-initial-group-size", (0, -1, "1", 3)),
        ("quorum", "x-queue-leader-locator", ("odd", 5, "random", "least-leaders")),
        ("quorum", "x-max-length", (0, -1, "5")),
        ("quorum", "x-expires", (0, "5")),
        ("quorum", "x-message-ttl", (-1, "5")),
        ("quorum", "x-single-active-consumer", ("true", 1)),
        ("stream", "x-max-age", ("1D2", "1.5h", "1w", 5, True)),
        ("stream", "x-initial-cluster-size", (0, -1, "1")),
        ("stream", "x-queue-leader-locator", ("odd", 5, "random", "least-leaders")),
        ("stream", "x-max-length-bytes", (-1, "5")),
        ("stream", "x-stream-max-segment-size-bytes", (-1, "5")),
    ):
        for value in values:
            _declare(a, q, kind, **{name: value})
            a.do(Queue.Delete(queue=q))


def dead_letter_arguments(play):
    a = play.connect()
    q = play.name("q")
    for arguments in (
        {"x-dead-letter-exchange": play.name("none")},
        {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": ""},
        {"x-dead-letter-routing-key": "key"},
        {"x-dead-letter-exchange": "amq.direct", "x-dead-letter-routing-key": 5},
        {"x-dead-letter-exchange": "amq.direct", "x-dead-letter-routing-key": "x" * 300},
    ):
        a.do(Queue.Declare(queue=q, arguments=arguments))
        a.do(Queue.Declare(queue=q, arguments=arguments | {"x-dead-letter-routing-key": "other"}))
        a.do(Queue.Delete(queue=q))


def integers_of_any_width(play):
    """The same number is the same, however many bytes it came in."""
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q, arguments={"x-max-length": 100}))
    for value in (100, long(100), long(101), 2**40):
        a.do(Queue.Declare(queue=q, arguments={"x-max-length": value}))


def several_wrong_arguments(play):
    """Which one is told."""
    a = play.connect()
    q = play.name("q")
    for arguments in (
        {"x-overflow": 5, "x-expires": "5"},
        {"x-max-length": "5", "x-message-ttl": "5", "x-dead-letter-exchange": 5},
        {"x-dead-letter-routing-key": 5, "x-max-priority": 300},
        {"x-single-active-consumer": 1, "x-queue-mode": 1},
        {"x-queue-type": "odd", "x-expires": 0},
        {"x-queue-type": "quorum", "x-max-priority": 5, "x-expires": 0},
        {"x-queue-type": "stream", "x-max-priority": 300},
    ):
        a.do(Queue.Declare(queue=q, durable=True, arguments=arguments))
    a.do(Queue.Declare(queue=q, arguments={"x-queue-type": "quorum", "x-expires": 0}))
    a.do(Queue.Declare(queue=q, exclusive=True, arguments={"x-queue-type": "quorum"}))
    a.do(Queue.Declare(queue=q))
    a.do(Queue.Declare(queue=q, durable=True, arguments={"x-expires": 0}))
    a.do(Queue.Declare(queue=q, durable=True, arguments={"x-max-age": "1D", "x-expires": 5}))
    a.do(Queue.Declare(queue=q, arguments={"x-max-age": "1D"}))


# ---- of exchanges and bindings


def exchange_arguments(play):
    a = play.connect()
    x, other = play.name("x"), play.name("other")
    for value in (5, True, [1], None, ""):
        a.do(Exchange.Declare(exchange=x, type="fanout", arguments={"alternate-exchange": value}))
        a.do(Exchange.Delete(exchange=x))
    a.do(Exchange.Declare(exchange=x, type="fanout", arguments={"alternate-exchange": other}))
    for value in (other, play.name("third"), 5, None):
        a.do(Exchange.Declare(exchange=x, type="fanout", arguments={"alternate-exchange": value}))
    a.do(Exchange.Declare(exchange=x, type="fanout", arguments={"x-anything": 1}))
    a.do(Exchange.Declare(exchange=x, type="topic", arguments={"alternate-exchange": other}))


def bindings_by_headers(play):
    """Which headers match, by type and by value."""
    a = play.connect()
    x, q = play.name("x"), play.name("q")
    a.do(Exchange.Declare(exchange=x, type="headers"))
    a.do(Queue.Declare(queue=q))
    now = datetime(2020, 1, 2)
    bindings = (
        {"n": 1},
        {"x-match": "all"},
        {"x-match": "any"},
        {"x-match": "all", "t": "x", "n": 1},
        {"x-match": "any", "t": "x", "n": 1},
        {"x-match": "all", "t": None},
        {"x-match": "any", "b": True, "d": Decimal("1.5"), "raw": b"2.5"},
        {"x-match": "all", "when": now, "list": [1, "2"], "table": {"a": 1}},
        {"x-match": "all", "x-one": 1, "t": "x"},
        {"x-match": "all-with-x", "x-one": 1, "t": "x"},
        {"x-match": "any", "x-one": 1},
        {"x-match": "any-with-x", "x-one": 1},
    )
    messages = (
        None,
        {},
        {"n": 1},
        {"n": long(1)},
        {"n": "1"},
        {"t": "x"},
        {"t": "x", "n": 1},
        {"t": "x", "n": 2},
        {"t": None},
        {"t": True},
        {"b": True},
        {"b": False},
        {"d": Decimal("1.5")},
        {"d": Decimal("1.50")},
        {"raw": b"2.5"},
        {"when": now, "list": [1, "2"], "table": {"a": 1}},
        {"when": now, "list": [1, 2], "table": {"a": 1}},
        {"x-one": 1},
        {"x-one": 1, "t": "x"},
    )
    for arguments in bindings:
        a.do(Queue.Bind(queue=q, exchange=x, arguments=arguments))
        for headers in messages:
            a.publish(x, "", headers=headers)
            a.do(Queue.Purge(queue=q))
        a.do(Queue.Unbind(queue=q, exchange=x, arguments=arguments))


def bindings_by_patterns(play):
    a = play.connect()
    x, q = play.name("x"), play.name("q")
    a.do(Exchange.Declare(exchange=x, type="topic"))
    a.do(Queue.Declare(queue=q))
    keys = ("", ".", "a", "a.", ".a", "a.b", "a.b.c", "a..c", "a.b.c.d", "*", "#", "b.a", "a.a.a")
    for pattern in ("", ".", "#", "*", "*.*", "#.#", "#.*", "*.#", "a.#", "#.a", "a.*", "*.a", "a.#.c",
                    "a.*.c", "#.a.#", "a.#.#", "#.b.#.d", "a*", "*.*.*", "a.#.*"):  # fmt: skip
        a.do(Queue.Bind(queue=q, exchange=x, routing_key=pattern))
        for key in keys:
            a.publish(x, key)
            a.do(Queue.Purge(queue=q))
        a.do(Queue.Unbind(queue=q, exchange=x, routing_key=pattern))


# ---- of consumers


def _each_consumer(play, kind):
    a = play.connect()
    q = play.name("q")
    _declare(a, q, kind)
    for name, values in (
        ("x-priority", (5, -5, 0, long(2**40), "5", True, Decimal("1.5"), None)),
        ("x-cancel-on-ha-failover", (True, False, "true", 1, None)),
        ("x-stream-offset", ("first", 0)),
        ("x-credit", ({"credit": 1, "drain": False},)),
        ("x-anything", ("at all",)),
    ):
        for value in values:
            a.do(Basic.Qos(prefetch_count=10))
            a.do(Basic.Consume(queue=q, consumer_tag="t", arguments={name: value}))
            a.do(Basic.Cancel(consumer_tag="t"))


def arguments_of_consumers(play):
    _each_consumer(play, "classic")


def arguments_of_quorum_consumers(play):
    _each_consumer(play, "quorum")


def arguments_of_stream_consumers(play):
    _each_consumer(play, "stream")


def stream_offsets(play):
    a = play.connect()
    q = play.name("q")
    _declare(a, q, "stream")
    a.do(Confirm.Select(), channel=2)
    for n in range(3):
        a.publish("", q, b"%d" % n, channel=2)
        a.confirms(n + 1, n + 1, channel=2)
    a.do(Basic.Qos(prefetch_count=10))
    for value, count in (
        ("first", 3),
        (0, 3),
        (long(1), 2),
        (2, 1),
        ("1h", 3),
        ("30s", 3),
        ("1Y", 3),
        (datetime(2020, 1, 2), 3),
        ("last", 1),
        ("next", 0),
        (3, 0),
        (1000, 0),
        (datetime.now() + timedelta(days=2), 0),
    ):
        shown = "a time" if isinstance(value, datetime) else value
        a.note(f"from {shown!r}")
        a.do(Basic.Consume(queue=q, consumer_tag="t", arguments={"x-stream-offset": value}))
        a.expect("Basic.Deliver", count)
        a.do(Basic.Cancel(consumer_tag="t"))
        a.send(Basic.Ack(0, multiple=True))
