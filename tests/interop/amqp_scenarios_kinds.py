"""Operations on quorum queues and streams, to be played to weir and to RabbitMQ."""

from pika.spec import Basic, Channel, Confirm, Exchange, Queue

QUORUM = {"x-queue-type": "quorum"}
STREAM = {"x-queue-type": "stream"}


def _quorum(play, client, name="q", **arguments):
    queue = play.name(name)
    client.do(Queue.Declare(queue=queue, durable=True, arguments=QUORUM | arguments))
    return queue


def _filled(client, queue, count):
    client.do(Confirm.Select(), channel=7)
    for n in range(1, count + 1):
        client.publish("", queue, b"%d" % n, channel=7)
    client.confirms(1, count, channel=7)


def _get(client, queue, count=1, channel=1, **options):
    for _ in range(count):
        client.do(Basic.Get(queue=queue, **options), channel=channel)


# ---- quorum queues


def quorum_declarations(play):
    a = play.connect()
    q = play.name("q")
    for options in ({"exclusive": True}, {"auto_delete": True}, {"durable": False}):
        a.do(Queue.Declare(queue=q, arguments=QUORUM, **{"durable": True} | options))
    a.do(Queue.Declare(queue="", durable=True, arguments=QUORUM))
    for name, value in (
        ("x-max-priority", 5),
        ("x-delivery-limit", -1),
        ("x-single-active-consumer", 1),
        ("x-overflow", "reject-publish-dlx"),
        ("x-quorum-initial-group-size", 1),
        ("x-max-in-memory-length", 10),
        ("x-dead-letter-strategy", "at-most-once"),
    ):
        a.do(Queue.Declare(queue=q, durable=True, arguments=QUORUM | {name: value}))
        a.do(Queue.Delete(queue=q))
    a.do(Queue.Declare(queue=q, durable=True, arguments=QUORUM))
    a.do(Queue.Declare(queue=q, durable=True))
    a.do(Queue.Declare(queue=q, durable=True, arguments=QUORUM | {"x-delivery-limit": 3}))
    a.do(Queue.Declare(queue=q, durable=True, arguments={"x-queue-type": "stream"}))
    a.do(Queue.Declare(queue=q, passive=True))


def quorum_returns(play):
    a = play.connect()
    q = _quorum(play, a, **{"x-delivery-limit": 10})
    _filled(a, q, 4)
    _get(a, q, 4)
    a.send(Basic.Nack(2, multiple=True, requeue=True))
    a.ready(q, 2)
    a.send(Basic.Reject(3, requeue=True))
    a.send(Basic.Nack(4, requeue=True))
    a.ready(q, 4)
    _get(a, q, 4)
    a.do(Channel.Close(200, "", 0, 0))
    a.channels.discard(1)
    a.ready(q, 4)
    _get(a, q, 5, no_ack=True)


def quorum_limit(play):
    a = play.connect()
    morgue = play.name("morgue")
    a.do(Queue.Declare(queue=morgue))
    dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": morgue}
    q = _quorum(play, a, **dead, **{"x-delivery-limit": 2})
    _filled(a, q, 1)
    for n in range(1, 4):
        a.ready(q, 1)
        _get(a, q)
        a.send(Basic.Nack(n, requeue=True))
    a.ready(morgue, 1)
    _get(a, morgue, no_ack=True)
    _get(a, q)


def quorum_consumers(play):
    a = play.connect()
    q = _quorum(play, a)
    _filled(a, q, 3)
    a.do(Basic.Qos(prefetch_count=2))
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.expect("Basic.Deliver", 2)
    a.ready(q, 1)
    a.do(Basic.Consume(queue=q, consumer_tag="u", no_ack=True), channel=2)
    a.expect("Basic.Deliver", channel=2)
    a.do(Queue.Purge(queue=q), channel=3)
    a.send(Basic.Ack(2, multiple=True))
    a.sync()
    a.do(Basic.Cancel(consumer_tag="t"))
    a.publish("", q, b"4", channel=7)
    a.expect("Basic.Deliver", channel=2)


def quorum_conditions(play):
    a = play.connect()
    q = _quorum(play, a)
    a.do(Queue.Delete(queue=q, if_unused=True))
    a.do(Queue.Delete(queue=q, if_empty=True))


def quorum_ages(play):
    a = play.connect()
    morgue = play.name("morgue")
    a.do(Queue.Declare(queue=morgue))
    dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": morgue}
    q = _quorum(play, a, **dead, **{"x-message-ttl": 20})
    a.publish("", q, b"1")
    a.ready(morgue, 1)
    a.publish("", q, b"2", expiration="1")
    a.ready(morgue, 2)
    _get(a, morgue, 2, no_ack=True)


def quorum_lengths(play):
    a = play.connect()
    morgue = play.name("morgue")
    a.do(Queue.Declare(queue=morgue))
    dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": morgue}
    q = _quorum(play, a, **dead, **{"x-max-length": 2})
    _filled(a, q, 4)
    a.ready(morgue, 2)
    _get(a, morgue, 2, no_ack=True)
    _get(a, q, 2, no_ack=True)


# ---- streams


def stream_declarations(play):
    a = play.connect()
    q = play.name("q")
    for options in ({"exclusive": True}, {"auto_delete": True}, {"durable": False}):
        a.do(Queue.Declare(queue=q, arguments=STREAM, **{"durable": True} | options))
    a.do(Queue.Declare(queue="", durable=True, arguments=STREAM))
    for name, value in (
        ("x-max-age", "7D"),
        ("x-max-age", "7"),
        ("x-max-age", 7),
        ("x-max-length-bytes", 1_000_000),
        ("x-max-length-bytes", -1),
        ("x-stream-max-segment-size-bytes", 1_000_000),
        ("x-stream-max-segment-size-bytes", "1"),
        ("x-max-length", 5),
        ("x-message-ttl", 5),
        ("x-dead-letter-exchange", ""),
        ("x-max-priority", 5),
        ("x-overflow", "drop-head"),
        ("x-expires", 1000),
        ("x-single-active-consumer", True),
        ("x-delivery-limit", 3),
        ("x-initial-cluster-size", 1),
        ("x-queue-leader-locator", "client-local"),
        ("x-anything", 1),
    ):
        a.do(Queue.Declare(queue=q, durable=True, arguments=STREAM | {name: value}))
        a.do(Queue.Delete(queue=q))
    a.do(Queue.Declare(queue=q, durable=True, arguments=STREAM))
    a.do(Queue.Declare(queue=q, durable=True, arguments=STREAM))
    a.do(Queue.Declare(queue=q, durable=True))
    a.do(Queue.Declare(queue=q, durable=True, arguments=QUORUM))
    a.do(Queue.Declare(queue=q, passive=True))


def stream_refusals(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q, durable=True, arguments=STREAM))
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.do(Basic.Qos(prefetch_count=5))
    a.do(Basic.Consume(queue=q, consumer_tag="t", no_ack=True))
    a.do(Queue.Purge(queue=q))
    a.do(Basic.Get(queue=q))
    a.do(Basic.Qos(prefetch_count=5))
    a.do(Basic.Consume(queue=q, consumer_tag="t", arguments={"x-stream-offset": "1x"}))
    a.do(Queue.Delete(queue=q, if_empty=True))
    a.do(Queue.Declare(queue=q, passive=True))


def stream_reading(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q, durable=True, arguments=STREAM))
    a.do(Queue.Bind(queue=q, exchange="amq.direct", routing_key=q))
    _filled(a, q, 3)
    a.publish("amq.direct", q, b"4", headers={"mine": "h"}, message_id="m", delivery_mode=2, channel=7)
    a.confirms(4, 4, channel=7)
    a.do(Basic.Qos(prefetch_count=3))
    a.do(Basic.Consume(queue=q, consumer_tag="t", arguments={"x-stream-offset": "first"}))
    a.expect("Basic.Deliver", 3)
    a.send(Basic.Ack(2, multiple=True))
    a.expect("Basic.Deliver")
    a.do(Basic.Cancel(consumer_tag="t"))
    a.send(Basic.Ack(0, multiple=True))
    a.do(Basic.Consume(queue=q, consumer_tag="u", arguments={"x-stream-offset": 2}))
    a.expect("Basic.Deliver", 2)
    a.do(Queue.Delete(queue=q), channel=2)
    a.expect("Basic.Cancel")


def stream_rejections(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q, durable=True, arguments=STREAM))
    _filled(a, q, 1)
    a.do(Basic.Qos(prefetch_count=3))
    a.do(Basic.Consume(queue=q, consumer_tag="t", arguments={"x-stream-offset": "first"}))
    a.expect("Basic.Deliver")
    a.send(Basic.Nack(1, requeue=True))
    a.sync()


def stream_consumers(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q, durable=True, arguments=STREAM))
    a.do(Basic.Qos(prefetch_count=10))
    a.do(Basic.Consume(queue=q, consumer_tag="t", exclusive=True))
    a.do(Basic.Qos(prefetch_count=10), channel=2)
    a.do(Basic.Consume(queue=q, consumer_tag="u"), channel=2)
    a.publish("", q, b"1", channel=3, flags={"mandatory": True})
    a.expect("Basic.Deliver", channel=2)
    a.send(Basic.Ack(7), channel=2)
    a.sync(channel=2)
    a.expect("Basic.Deliver")
    a.do(Queue.Delete(queue=q, if_unused=True), channel=3)
    a.expect("Basic.Cancel")


def stream_bindings(play):
    a = play.connect()
    q, x = play.name("q"), play.name("x")
    a.do(Exchange.Declare(exchange=x, type="topic"))
    a.do(Queue.Declare(queue=q, durable=True, arguments=STREAM))
    a.do(Queue.Bind(queue="", exchange=x, routing_key="a.#"))
    a.do(Confirm.Select())
    a.publish(x, "a.b", b"1", flags={"mandatory": True})
    a.confirms(1, 1)
    a.publish(x, "b", b"2", flags={"mandatory": True})
    a.confirms(2, 2)
    a.do(Queue.Unbind(queue=q, exchange=x, routing_key="a.#"))
    a.publish(x, "a.b", b"3", flags={"mandatory": True})
    a.confirms(3, 3)
    a.do(Queue.Delete(queue=q))
    a.do(Queue.Declare(queue=q, passive=True))
