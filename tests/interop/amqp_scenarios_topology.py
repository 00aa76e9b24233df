"""Operations on exchanges, queues and bindings, to be played to weir and to RabbitMQ."""

from decimal import Decimal

from pika.compat import long
from pika.spec import Exchange, Queue

KINDS = ("direct", "fanout", "topic", "headers")


def exchange_declare(play):
    a = play.connect()
    for kind in KINDS:
        x = play.name(kind)
        a.do(Exchange.Declare(exchange=x, type=kind))
        a.do(Exchange.Declare(exchange=x, type=kind))
        a.do(Exchange.Declare(exchange=x, passive=True))
        a.do(Exchange.Declare(exchange=x, type="none at all", passive=True))
    x = play.name("direct")
    a.do(Exchange.Declare(exchange=x, type="fanout"))
    a.do(Exchange.Declare(exchange=x, type="direct", durable=True))
    a.do(Exchange.Declare(exchange=x, type="direct", auto_delete=True))
    a.do(Exchange.Declare(exchange=x, type="direct", internal=True))
    a.do(Exchange.Declare(exchange=x, type="direct", durable=True, auto_delete=True, internal=True))
    a.do(Exchange.Declare(exchange=x, type="direct", arguments={"alternate-exchange": "amq.fanout"}))
    a.do(Exchange.Declare(exchange=x, type="direct", arguments={"anything": 1}))


def exchange_declare_passively(play):
    a = play.connect()
    a.do(Exchange.Declare(exchange=play.name("none"), passive=True))
    a.do(Exchange.Declare(exchange="", passive=True))
    a.do(Exchange.Declare(exchange="amq.direct", passive=True))
    a.do(Exchange.Declare(exchange="amq.none", passive=True))


def exchange_declare_reserved(play):
    a = play.connect()
    a.do(Exchange.Declare(exchange="", type="direct"))
    a.do(Exchange.Declare(exchange="amq.mine", type="direct"))
    a.do(Exchange.Declare(exchange="amq.direct", type="direct", durable=True))
    a.do(Exchange.Declare(exchange="amq.direct", type="direct"))
    a.do(Exchange.Declare(exchange="amq.topic", type="direct", durable=True))
    a.do(Exchange.Declare(exchange="amq.rabbitmq.trace", type="topic", durable=True, internal=True))
    a.do(Exchange.Declare(exchange="amq.match", passive=True))
    a.do(Exchange.Declare(exchange="amqp.is.free", type="direct"))
    a.do(Exchange.Delete(exchange="amqp.is.free"))


def exchange_of_an_unknown_type(play):
    a = play.connect()
    a.do(Exchange.Declare(exchange=play.name("x"), type="odd"))


def exchange_without_a_type(play):
    a = play.connect()
    a.do(Exchange.Declare(exchange=play.name("x"), type=""))


def exchange_with_wrong_arguments(play):
    a = play.connect()
    x = play.name("x")
    a.do(Exchange.Declare(exchange=x, type="direct", arguments={"alternate-exchange": 5}))
    a.do(Exchange.Declare(exchange=x, type="direct", arguments={"alternate-exchange": ""}))
    a.do(Exchange.Delete(exchange=x))
    a.do(Exchange.Declare(exchange=x, type="direct", arguments={"alternate-exchange": play.name("none")}))
    a.do(Exchange.Declare(exchange=x, type="direct", arguments={"alternate-exchange": play.name("other")}))
    a.do(Exchange.Declare(exchange=x, type="direct"))
    a.do(Exchange.Delete(exchange=x))
    a.do(Exchange.Declare(exchange=x, type="direct", arguments={"": "empty name"}))


def exchange_delete(play):
    a = play.connect()
    x, q = play.name("x"), play.name("q")
    a.do(Exchange.Delete(exchange=x))
    a.do(Exchange.Delete(exchange=x, if_unused=True))
    a.do(Exchange.Declare(exchange=x, type="direct"))
    a.do(Queue.Declare(queue=q))
    a.do(Queue.Bind(queue=q, exchange=x, routing_key="k"))
    a.do(Exchange.Delete(exchange=x, if_unused=True))
    a.do(Queue.Unbind(queue=q, exchange=x, routing_key="k"))
    a.do(Exchange.Delete(exchange=x, if_unused=True))
    a.do(Exchange.Declare(exchange=x, passive=True))
    a.do(Exchange.Delete(exchange=""))
    a.do(Exchange.Delete(exchange="amq.direct"))
    a.do(Exchange.Delete(exchange="amq.none"))


def exchange_without_answers(play):
    a = play.connect()
    x = play.name("x")
    a.send(Exchange.Declare(exchange=x, type="direct", nowait=True))
    a.sync()
    a.send(Exchange.Declare(exchange=x, passive=True, nowait=True))
    a.sync()
    a.send(Exchange.Bind(destination=x, source="amq.direct", routing_key="k", nowait=True))
    a.sync()
    a.send(Exchange.Unbind(destination=x, source="amq.direct", routing_key="k", nowait=True))
    a.sync()
    a.send(Exchange.Declare(exchange=x, type="fanout", nowait=True))
    a.sync()
    a.send(Exchange.Delete(exchange=x, nowait=True))
    a.sync()
    a.do(Exchange.Declare(exchange=x, passive=True))


def exchange_bindings(play):
    a = play.connect()
    x, y = play.name("x"), play.name("y")
    a.do(Exchange.Declare(exchange=x, type="direct"))
    a.do(Exchange.Bind(destination=y, source=x, routing_key="k"))
    a.do(Exchange.Bind(destination=x, source=y, routing_key="k"))
    a.do(Exchange.Bind(destination="", source=x, routing_key="k"))
    a.do(Exchange.Bind(destination=x, source="", routing_key="k"))
    a.do(Exchange.Unbind(destination="", source=x, routing_key="k"))
    a.do(Exchange.Unbind(destination=x, source="", routing_key="k"))
    a.do(Exchange.Unbind(destination=y, source=x, routing_key="k"))
    a.do(Exchange.Unbind(destination=x, source=y, routing_key="k"))
    a.do(Exchange.Declare(exchange=y, type="direct"))
    a.do(Exchange.Unbind(destination=y, source=x, routing_key="k"))
    a.do(Exchange.Bind(destination=y, source=x, routing_key="k"))
    a.do(Exchange.Bind(destination=y, source=x, routing_key="k"))
    a.do(Exchange.Bind(destination=x, source=y, routing_key="k"))
    a.do(Exchange.Bind(destination=x, source=x, routing_key="k"))
    a.do(Exchange.Delete(exchange=x, if_unused=True))
    a.do(Exchange.Unbind(destination=y, source=x, routing_key="k"))
    a.do(Exchange.Unbind(destination=x, source=x, routing_key="k"))
    a.do(Exchange.Delete(exchange=x, if_unused=True))


def auto_delete_exchange(play):
    a = play.connect()
    x, y, q = play.name("x"), play.name("y"), play.name("q")
    a.do(Queue.Declare(queue=q))
    a.do(Exchange.Declare(exchange=x, type="fanout", auto_delete=True))
    a.do(Exchange.Declare(exchange=y, type="fanout", auto_delete=True))
    a.do(Exchange.Declare(exchange=x, passive=True))
    a.do(Exchange.Bind(destination=y, source=x))
    a.do(Queue.Bind(queue=q, exchange=y))
    a.do(Queue.Unbind(queue=q, exchange=y))
    a.do(Exchange.Declare(exchange=y, passive=True))
    a.do(Exchange.Declare(exchange=x, passive=True))
    a.do(Exchange.Declare(exchange=x, type="fanout", auto_delete=True))
    a.do(Queue.Bind(queue=q, exchange=x))
    a.do(Queue.Delete(queue=q))
    a.do(Exchange.Declare(exchange=x, passive=True))


def queue_declare(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    a.do(Queue.Declare(queue=q))
    a.do(Queue.Declare(queue=q, passive=True))
    a.do(Queue.Declare(queue=q, passive=True, durable=True, auto_delete=True, arguments={"x-expires": 1}))
    a.do(Queue.Declare(queue=q, durable=True))
    a.do(Queue.Declare(queue=q, auto_delete=True))
    a.do(Queue.Declare(queue=q, exclusive=True))
    a.do(Queue.Declare(queue=q, durable=True, auto_delete=True))
    a.do(Queue.Declare(queue=q, arguments={"x-message-ttl": 1000}))
    a.do(Queue.Declare(queue=q, arguments={"x-anything": "at all"}))
    a.do(Queue.Declare(queue=q, arguments={"x-queue-type": "classic"}))
    a.do(Queue.Declare(queue=play.name("none"), passive=True))
    a.do(Queue.Declare(queue="amq.mine"))
    a.do(Queue.Declare(queue="amq.mine", passive=True))
    a.do(Queue.Declare(queue="x" * 255))
    a.do(Queue.Delete(queue="x" * 255))


def queue_declare_again_with_other_arguments(play):
    a = play.connect()
    q = play.name("q")
    arguments = {"x-message-ttl": 60000, "x-max-length": 5, "x-overflow": "reject-publish"}
    a.do(Queue.Declare(queue=q, durable=True, arguments=arguments))
    a.do(Queue.Declare(queue=q, durable=True, arguments=arguments))
    a.do(Queue.Declare(queue=q, durable=True, arguments={**arguments, "x-message-ttl": long(60000)}))
    a.do(Queue.Declare(queue=q, durable=True, arguments={**arguments, "x-message-ttl": 60001}))
    a.do(Queue.Declare(queue=q, durable=True, arguments={**arguments, "x-overflow": "drop-head"}))
    a.do(Queue.Declare(queue=q, durable=True, arguments={**arguments, "x-max-priority": 3}))
    a.do(Queue.Declare(queue=q, durable=True, arguments={**arguments, "x-max-length-bytes": 1000}))
    a.do(Queue.Declare(queue=q, durable=True, arguments={**arguments, "x-single-active-consumer": True}))
    a.do(Queue.Declare(queue=q, durable=True, arguments={**arguments, "x-expires": 100000}))
    a.do(Queue.Declare(queue=q, durable=True))


def queue_declare_with_wrong_arguments(play):
    a = play.connect()
    q = play.name("q")
    for name in ("x-message-ttl", "x-expires", "x-max-length", "x-max-length-bytes", "x-max-priority"):
        for value in (-1, "10", Decimal("1.5"), True, [1], {"a": 1}, None):
            a.do(Queue.Declare(queue=q, arguments={name: value}))
    for value in ("often", 5, True):
        a.do(Queue.Declare(queue=q, arguments={"x-overflow": value}))
    for value in ("true", 1):
        a.do(Queue.Declare(queue=q, arguments={"x-single-active-consumer": value}))
    for value in ("odd", 5):
        a.do(Queue.Declare(queue=q, arguments={"x-queue-type": value}))


def queue_arguments_at_their_bounds(play):
    a = play.connect()
    q = play.name("q")
    for name, value in (
        ("x-message-ttl", 0),
        ("x-message-ttl", 4294967295),
        ("x-message-ttl", 4294967296),
        ("x-message-ttl", long(2**62)),
        ("x-expires", 0),
        ("x-expires", 4294967295),
        ("x-expires", 4294967296),
        ("x-max-length", 0),
        ("x-max-length", long(2**62)),
        ("x-max-length-bytes", 0),
        ("x-max-priority", 0),
        ("x-max-priority", 255),
        ("x-max-priority", 256),
        ("x-queue-mode", "lazy"),
        ("x-queue-mode", "default"),
        ("x-queue-version", 2),
        ("x-queue-master-locator", "min-masters"),
    ):
        a.do(Queue.Declare(queue=q, arguments={name: value}))
        a.do(Queue.Delete(queue=q))


def queue_named_by_the_server(play):
    a = play.connect()
    made = a.do(Queue.Declare(queue="", exclusive=True))
    a.do(Queue.Declare(queue="", passive=True))
    a.do(Queue.Declare(queue=made.spec.queue, exclusive=True))
    a.do(Queue.Declare(queue=made.spec.queue))
    a.do(Queue.Declare(queue="", exclusive=True))
    a.do(Queue.Bind(queue="", exchange="amq.direct", routing_key=""))
    a.do(Queue.Purge(queue=""))
    a.do(Queue.Delete(queue=""))
    a.do(Queue.Delete(queue=""))
    a.do(Queue.Purge(queue=""))
    a.do(Queue.Delete(queue=made.spec.queue))


def queue_without_a_name(play):
    a = play.connect()
    a.do(Queue.Declare(queue="", passive=True))
    a.do(Queue.Bind(queue="", exchange="amq.direct", routing_key="k"))
    a.do(Queue.Unbind(queue="", exchange="amq.direct", routing_key="k"))
    a.do(Queue.Purge(queue=""))
    a.do(Queue.Delete(queue=""))


def last_queue_of_a_channel(play):
    a = play.connect()
    first, second = play.name("first"), play.name("second")
    a.do(Queue.Declare(queue=first))
    a.do(Queue.Declare(queue=second))
    a.do(Queue.Bind(queue="", exchange="amq.direct", routing_key=""))
    a.do(Queue.Bind(queue="", exchange="amq.direct", routing_key="last"))
    a.publish("amq.direct", second)
    a.publish("amq.direct", "last")
    a.ready(second, 2)
    a.do(Queue.Declare(queue=second, passive=True))
    a.do(Queue.Declare(queue=first, passive=True))
    a.publish("", first)
    a.do(Queue.Purge(queue=""))
    a.do(Queue.Unbind(queue="", exchange="amq.direct", routing_key=""))
    a.do(Queue.Delete(queue=""))
    a.do(Queue.Purge(queue=""), channel=2)


def names_with_line_ends(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q[:-1] + "\r\nq\n"))
    a.do(Queue.Bind(queue=q + "\n", exchange="amq.direct\r", routing_key="k\n"))
    a.do(Queue.Purge(queue=q + "\r"))
    a.do(Queue.Unbind(queue=q + "\n", exchange="amq.direct\r", routing_key="k\n"))
    a.do(Queue.Delete(queue="\n" + q))
    a.do(Exchange.Declare(exchange=play.name("x") + "\n", type="direct"))
    a.do(Exchange.Declare(exchange=play.name("x"), passive=True))
    a.do(Exchange.Delete(exchange=play.name("x") + "\r\n"))


def exclusive_queue(play):
    a, b = play.connect("a"), play.connect("b")
    q = play.name("q")
    a.do(Queue.Declare(queue=q, exclusive=True, durable=True))
    a.do(Queue.Declare(queue=q, exclusive=True))
    a.do(Queue.Declare(queue=q))
    a.do(Queue.Declare(queue=q), channel=2)
    b.do(Queue.Declare(queue=q, exclusive=True))
    b.do(Queue.Declare(queue=q))
    b.do(Queue.Declare(queue=q, passive=True))
    b.do(Queue.Bind(queue=q, exchange="amq.direct", routing_key="k"))
    b.do(Queue.Unbind(queue=q, exchange="amq.direct", routing_key="k"))
    b.do(Queue.Purge(queue=q))
    b.do(Queue.Delete(queue=q))
    b.publish("", q)
    b.sync()
    a.ready(q, 1)
    a.close()
    b.do(Queue.Declare(queue=q, passive=True))
    b.do(Queue.Declare(queue=q))
    b.do(Queue.Declare(queue=q, exclusive=True))


def queue_delete(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Delete(queue=q))
    a.do(Queue.Delete(queue=q, if_unused=True, if_empty=True))
    a.do(Queue.Declare(queue=q))
    a.publish("", q, b"1")
    a.publish("", q, b"2")
    a.do(Queue.Delete(queue=q, if_empty=True))
    a.do(Queue.Delete(queue=q, if_unused=True))
    a.do(Queue.Declare(queue=q, passive=True))
    a.do(Queue.Declare(queue=q))
    a.do(Queue.Delete(queue=q, if_empty=True, if_unused=True))


def queue_purge(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Purge(queue=q))
    a.do(Queue.Declare(queue=q))
    a.do(Queue.Purge(queue=q))
    for body in (b"1", b"2", b"3"):
        a.publish("", q, body)
    a.do(Queue.Purge(queue=q))
    a.do(Queue.Declare(queue=q, passive=True))


def queue_without_answers(play):
    a = play.connect()
    q = play.name("q")
    a.send(Queue.Declare(queue=q, nowait=True))
    a.sync()
    a.do(Queue.Declare(queue=q, passive=True))
    a.send(Queue.Bind(queue=q, exchange="amq.direct", routing_key=q, nowait=True))
    a.publish("amq.direct", q)
    a.ready(q, 1)
    a.send(Queue.Purge(queue=q, nowait=True))
    a.do(Queue.Declare(queue=q, passive=True))
    a.send(Queue.Declare(queue=q, passive=True, nowait=True))
    a.sync()
    a.send(Queue.Declare(queue=q, durable=True, nowait=True))
    a.sync()
    a.send(Queue.Bind(queue=q, exchange=play.name("none"), routing_key=q, nowait=True))
    a.sync()
    a.send(Queue.Purge(queue=play.name("none"), nowait=True))
    a.sync()
    a.send(Queue.Delete(queue=q, nowait=True))
    a.sync()
    a.do(Queue.Declare(queue=q, passive=True))


def queue_bindings(play):
    a = play.connect()
    q, x = play.name("q"), play.name("x")
    a.do(Queue.Declare(queue=q))
    a.do(Queue.Bind(queue=q, exchange=x, routing_key="k"))
    a.do(Queue.Bind(queue=play.name("none"), exchange="amq.direct", routing_key="k"))
    a.do(Queue.Bind(queue=play.name("none"), exchange=x, routing_key="k"))
    a.do(Queue.Bind(queue=q, exchange="", routing_key="k"))
    a.do(Queue.Unbind(queue=q, exchange="", routing_key="k"))
    a.do(Queue.Unbind(queue=q, exchange=x, routing_key="k"))
    a.do(Queue.Unbind(queue=play.name("none"), exchange="amq.direct", routing_key="k"))
    a.do(Queue.Unbind(queue=q, exchange="amq.direct", routing_key="k"))
    a.do(Queue.Bind(queue=q, exchange="amq.direct", routing_key="k"))
    a.do(Queue.Bind(queue=q, exchange="amq.direct", routing_key="k"))
    a.do(Queue.Bind(queue=q, exchange="amq.direct", routing_key="k", arguments={"a": 1}))
    a.publish("amq.direct", "k")
    a.do(Queue.Declare(queue=q, passive=True))
    a.do(Queue.Unbind(queue=q, exchange="amq.direct", routing_key="k"))
    a.publish("amq.direct", "k")
    a.do(Queue.Declare(queue=q, passive=True))
    a.do(Queue.Unbind(queue=q, exchange="amq.direct", routing_key="k", arguments={"a": 1}))
    a.publish("amq.direct", "k")
    a.do(Queue.Declare(queue=q, passive=True))


def header_bindings(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    for match in ("some", "ALL", 5, True):
        a.do(Queue.Bind(queue=q, exchange="amq.headers", arguments={"x-match": match}))
    for match in ("all", "any", "all-with-x", "any-with-x"):
        a.do(Queue.Bind(queue=q, exchange="amq.headers", arguments={"x-match": match, q: match}))
    a.publish("amq.headers", "", headers={q: "any"})
    a.do(Queue.Declare(queue=q, passive=True))
    a.publish("amq.headers", "", headers={q: "other"})
    a.do(Queue.Declare(queue=q, passive=True))


def routes(play):
    """Which of several queues get a message, by all kinds of exchanges."""
    a = play.connect()
    q1, q2 = play.name("q1"), play.name("q2")
    for q in (q1, q2):
        a.do(Queue.Declare(queue=q))

    def send(x, key, headers=None):
        a.publish(x, key, headers=headers)
        a.do(Queue.Purge(queue=q1))
        a.do(Queue.Purge(queue=q2))

    topic = play.name("topic")
    a.do(Exchange.Declare(exchange=topic, type="topic"))
    for q, key in ((q1, "*.b.#"), (q1, "a.#"), (q2, "#.c"), (q2, "a..b"), (q1, "")):
        a.do(Queue.Bind(queue=q, exchange=topic, routing_key=key))
    for key in ("a.b.c", "a", "", "x.b", "c", "a..b", "x.y.c.d", ".c", "x..b", "b"):
        send(topic, key)
    head = play.name("headers")
    a.do(Exchange.Declare(exchange=head, type="headers"))
    a.do(Queue.Bind(queue=q1, exchange=head, arguments={"x-match": "all", "n": 1, "t": "x"}))
    a.do(Queue.Bind(queue=q2, exchange=head, arguments={"x-match": "any", "n": 1, "t": None}))
    for headers in ({"n": 1, "t": "x"}, {"n": 1}, {"n": long(1), "t": "y"}, {"n": "1"}, {"t": 5}, {}, None):
        send(head, "", headers)
    fan = play.name("fanout")
    a.do(Exchange.Declare(exchange=fan, type="fanout"))
    a.do(Queue.Bind(queue=q1, exchange=fan, routing_key="a"))
    a.do(Exchange.Bind(destination=fan, source=topic, routing_key="a.b.*"))
    a.do(Exchange.Bind(destination=topic, source=fan, routing_key=""))
    send(fan, "a.b.c")
    send(topic, "a.b.c")


def alternate_exchange(play):
    a = play.connect()
    q, x, y, fall = play.name("q"), play.name("x"), play.name("y"), play.name("fall")
    a.do(Queue.Declare(queue=q))
    a.do(Exchange.Declare(exchange=fall, type="fanout", internal=True))
    a.do(Queue.Bind(queue=q, exchange=fall))
    a.do(Exchange.Declare(exchange=y, type="direct", arguments={"alternate-exchange": fall}))
    a.do(Exchange.Declare(exchange=x, type="direct", arguments={"alternate-exchange": y}))
    a.publish(x, "k", flags={"mandatory": True})
    a.do(Queue.Purge(queue=q))
    a.do(Exchange.Delete(exchange=fall))
    a.publish(x, "k", flags={"mandatory": True})
    a.sync()
    a.do(Queue.Purge(queue=q))
