"""Operations on messages: publishing, getting, consuming, acknowledging, confirms; to be played to weir and
to RabbitMQ."""

from decimal import Decimal

from pika.spec import Basic, Channel, Confirm, Exchange, Queue


def _filled(client, queue, count, **options):
    """A new queue with messages 1, 2, ... in it."""
    client.do(Queue.Declare(queue=queue, **options))
    for n in range(1, count + 1):
        client.publish("", queue, b"%d" % n)


def _get(client, queue, count=1, channel=1, **options):
    for _ in range(count):
        client.do(Basic.Get(queue=queue, **options), channel=channel)


# ---- publishing


def publish_mandatory(play):
    a = play.connect()
    q = play.name("q")
    a.publish("", q, flags={"mandatory": True})
    a.sync()
    a.publish("amq.direct", "nowhere", b"", flags={"mandatory": True}, content_type="text/plain", priority=3)
    a.sync()
    a.publish("amq.direct", "nowhere")
    a.sync()
    a.do(Queue.Declare(queue=q))
    a.publish("", q, flags={"mandatory": True})
    a.sync()
    a.do(Confirm.Select())
    a.publish("amq.direct", "nowhere", flags={"mandatory": True}, headers={"BCC": ["b"], "CC": ["c"]})
    a.confirms(1, 1)
    a.publish("amq.direct", "nowhere", headers={"CC": [q]}, flags={"mandatory": True})
    a.confirms(2, 2)


def publish_immediate(play):
    a = play.connect()
    a.publish("", "q", flags={"immediate": True})
    a.sync()


def publish_immediate_to_a_queue(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    a.publish("", q, flags={"immediate": True, "mandatory": True})
    a.sync()
    a.do(Queue.Purge(queue=q))


def publish_to_exchanges_that_refuse(play):
    a = play.connect()
    x = play.name("x")
    a.publish(x, "k")
    a.sync()
    a.do(Exchange.Declare(exchange=x, type="fanout", internal=True))
    a.publish(x, "k")
    a.sync()
    a.publish("amq.rabbitmq.trace", "k")
    a.sync()
    a.publish("amq.none", "k", flags={"mandatory": True})
    a.sync()
    a.publish(x + "\n", "k")
    a.sync()


def publish_with_a_user(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    a.publish("", q, user_id="guest")
    _get(a, q, no_ack=True)
    a.publish("", q, user_id="somebody")
    a.sync()
    a.publish("", q, user_id="")
    a.sync()
    a.do(Queue.Purge(queue=q))


def publish_with_an_expiration(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    for text in ("", "-1", "1.5", "soon", " 5", "5 ", "0x10", "4294967296", "9" * 20, "+500000", "0500000"):
        a.publish("", q, expiration=text)
        a.sync()
        a.do(Queue.Purge(queue=q))
    a.publish("", q, b"short", expiration="0")
    a.publish("", q, b"long", expiration="600000")
    a.sync()
    _get(a, q, 2, no_ack=True)


def publish_with_more_keys(play):
    a = play.connect()
    q1, q2, q3 = (play.name(n) for n in ("q1", "q2", "q3"))
    for q in (q1, q2, q3):
        a.do(Queue.Declare(queue=q))
    a.publish("", q1, headers={"CC": [q2, q2, q1], "BCC": [q3], "other": 1})
    a.publish("", q1, headers={"CC": []})
    a.publish("", q1, headers={"BCC": []})
    _get(a, q1, 4, no_ack=True)
    _get(a, q2, 2, no_ack=True)
    _get(a, q3, 2, no_ack=True)
    for headers in ({"CC": q2}, {"BCC": q2}, {"CC": [5]}, {"BCC": {"a": 1}}, {"CC": None}, {"CC": [q2, 5]}):
        a.publish("", q1, headers=headers)
        a.sync()
        a.do(Queue.Purge(queue=q1))
        a.do(Queue.Purge(queue=q2))


def publish_all_properties(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    a.publish(
        "",
        q,
        content_type="t",
        content_encoding="e",
        headers={"s": "x", "n": -1, "b": True, "d": Decimal("1.5"), "a": [1, "2", None], "t": {"in": {}}},
        delivery_mode=2,
        priority=7,
        correlation_id="c",
        reply_to="r",
        expiration="60000",
        message_id="m",
        timestamp=1234567890,
        type="k",
        user_id="guest",
        app_id="p",
        cluster_id="i",
    )
    a.publish("", q, b"")
    a.publish("", q, b"x" * 200000, delivery_mode=1)
    _get(a, q, 3, no_ack=True)


def queue_limits(play):
    a = play.connect()
    a.do(Confirm.Select())
    head, reject = play.name("head"), play.name("reject")
    a.do(Queue.Declare(queue=head, arguments={"x-max-length": 2}))
    a.do(Queue.Declare(queue=reject, arguments={"x-max-length": 2, "x-overflow": "reject-publish"}))
    for n in range(1, 4):
        a.publish("", head, b"%d" % n)
        a.confirms(2 * n - 1, 2 * n - 1)
        a.publish("", reject, b"%d" % n)
        a.confirms(2 * n, 2 * n)
    _get(a, head, 3, no_ack=True)
    _get(a, reject, 3, no_ack=True)
    bytes_ = play.name("bytes")
    a.do(Queue.Declare(queue=bytes_, arguments={"x-max-length-bytes": 10}))
    for n, body in enumerate((b"12345", b"67890", b"1"), 7):
        a.publish("", bytes_, body)
        a.confirms(n, n)
    a.do(Queue.Declare(queue=bytes_, passive=True))


def priorities(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q, arguments={"x-max-priority": 3}))
    for priority in (0, 1, 2, 3, 9, None, 1):
        a.publish("", q, b"%r" % priority, priority=priority)
    _get(a, q, 8, no_ack=True)


# ---- getting


def get(play):
    a = play.connect()
    q = play.name("q")
    _get(a, play.name("none"))
    _get(a, "")
    _filled(a, q, 3)
    _get(a, q)
    _get(a, "", no_ack=True)
    _get(a, q)
    _get(a, q)
    a.send(Basic.Ack(1))
    a.send(Basic.Nack(3, requeue=True))
    _get(a, q)
    a.do(Queue.Declare(queue=q, passive=True))
    a.do(Channel.Close(200, "", 0, 0))
    a.channels.discard(1)
    _get(a, q, no_ack=True)
    _get(a, q, no_ack=True)


def get_beside_an_exclusive_consumer(play):
    a = play.connect()
    q = play.name("q")
    _filled(a, q, 2)
    a.do(Basic.Qos(prefetch_count=1))
    a.do(Basic.Consume(queue=q, consumer_tag="t", exclusive=True))
    a.expect("Basic.Deliver")
    _get(a, q, 2, channel=2)
    a.do(Queue.Delete(queue=q, if_unused=True), channel=2)


def get_beside_a_single_active_consumer(play):
    a = play.connect()
    q = play.name("q")
    _filled(a, q, 3, arguments={"x-single-active-consumer": True})
    _get(a, q, no_ack=True)
    a.do(Basic.Consume(queue=q, consumer_tag="t", exclusive=True))
    a.do(Basic.Qos(prefetch_count=1))
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.expect("Basic.Deliver")
    _get(a, q, 2, channel=2)


def expired_messages(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q, arguments={"x-message-ttl": 0}))
    a.publish("", q)
    a.sync()
    a.ready(q, 0)
    a.do(Basic.Consume(queue=q, consumer_tag="t", no_ack=True))
    a.publish("", q, b"at once")
    a.expect("Basic.Deliver")


# ---- consuming


def consume(play):
    a = play.connect()
    q = play.name("q")
    a.do(Basic.Consume(queue=play.name("none"), consumer_tag="t"))
    a.do(Basic.Consume(queue="", consumer_tag="t"))
    _filled(a, q, 2)
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.expect("Basic.Deliver", 2)
    a.do(Queue.Declare(queue=q, passive=True))
    a.do(Queue.Delete(queue=q, if_unused=True), channel=2)
    a.publish("", q, b"3")
    a.expect("Basic.Deliver")
    a.do(Basic.Cancel(consumer_tag="t"))
    a.publish("", q, b"4")
    a.do(Queue.Declare(queue=q, passive=True))
    a.send(Basic.Ack(3))
    a.send(Basic.Ack(2, multiple=True))
    a.do(Basic.Cancel(consumer_tag="t"))
    a.do(Basic.Cancel(consumer_tag="none"))
    a.send(Basic.Cancel(consumer_tag="none", nowait=True))
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.expect("Basic.Deliver")


def consume_with_a_tag_of_the_server(play):
    a = play.connect()
    q = play.name("q")
    _filled(a, q, 1)
    a.do(Basic.Consume(queue="", consumer_tag=""))
    a.expect("Basic.Deliver")
    a.do(Basic.Consume(queue=q, consumer_tag=""))


def consume_with_the_same_tag(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.do(Basic.Consume(queue=q, consumer_tag="t"), channel=2)
    a.do(Basic.Consume(queue=q, consumer_tag="t"))


def consume_with_the_same_tag_from_a_missing_queue(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.do(Basic.Consume(queue=play.name("none"), consumer_tag="t"))


def consume_exclusively(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    a.do(Basic.Consume(queue=q, consumer_tag="t", exclusive=True))
    a.do(Basic.Consume(queue=q, consumer_tag="u"), channel=2)
    a.do(Basic.Consume(queue=q, consumer_tag="u", exclusive=True), channel=2)
    a.do(Basic.Cancel(consumer_tag="t"))
    a.do(Basic.Consume(queue=q, consumer_tag="u"), channel=2)
    a.do(Basic.Consume(queue=q, consumer_tag="v"))
    a.do(Basic.Consume(queue=q, consumer_tag="w", exclusive=True))


def consume_with_arguments(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    for n, priority in enumerate((5, -5, "high", Decimal("1.5"), None)):
        a.do(Basic.Consume(queue=q, consumer_tag=f"t{n}", arguments={"x-priority": priority}))
    a.do(Basic.Consume(queue=q, consumer_tag="other", arguments={"x-other": 1}))


def consume_without_answers(play):
    a = play.connect()
    q = play.name("q")
    _filled(a, q, 1)
    a.send(Basic.Consume(queue=q, consumer_tag="t", nowait=True))
    a.expect("Basic.Deliver")
    a.send(Basic.Cancel(consumer_tag="t", nowait=True))
    a.sync()
    a.do(Queue.Declare(queue=q, passive=True))
    a.send(Basic.Consume(queue=play.name("none"), consumer_tag="t", nowait=True))
    a.sync()


def consume_without_acknowledging(play):
    a = play.connect()
    q = play.name("q")
    _filled(a, q, 3)
    a.do(Basic.Qos(prefetch_count=1))
    a.do(Basic.Consume(queue=q, consumer_tag="t", no_ack=True))
    a.expect("Basic.Deliver", 3)
    a.do(Queue.Declare(queue=q, passive=True))
    a.send(Basic.Ack(1))
    a.sync()


def consumer_of_a_deleted_queue(play):
    a, b = play.connect("a"), play.connect("b", properties={})
    q = play.name("q")
    _filled(a, q, 1)
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.expect("Basic.Deliver")
    b.do(Basic.Consume(queue=q, consumer_tag="u"))
    a.do(Queue.Delete(queue=q), channel=2)
    a.expect("Basic.Cancel")
    a.send(Basic.Ack(1))
    a.sync()
    a.do(Basic.Cancel(consumer_tag="t"))
    b.sync()
    b.do(Basic.Cancel(consumer_tag="u"))


def auto_delete_queue(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q, auto_delete=True))
    a.publish("", q)
    _get(a, q, no_ack=True)
    a.do(Queue.Declare(queue=q, passive=True))
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.do(Basic.Consume(queue=q, consumer_tag="u"), channel=2)
    a.do(Basic.Cancel(consumer_tag="t"))
    a.do(Queue.Declare(queue=q, passive=True, auto_delete=True))
    a.do(Basic.Cancel(consumer_tag="u"), channel=2)
    a.ready(q, None)


def single_active_consumer(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q, arguments={"x-single-active-consumer": True}))
    a.do(Basic.Consume(queue=q, consumer_tag="t", no_ack=True))
    a.do(Basic.Consume(queue=q, consumer_tag="u", no_ack=True), channel=2)
    a.publish("", q, b"1", channel=3)
    a.expect("Basic.Deliver")
    a.publish("", q, b"2", channel=3)
    a.expect("Basic.Deliver")
    a.do(Basic.Cancel(consumer_tag="t"))
    a.publish("", q, b"3", channel=3)
    a.expect("Basic.Deliver", channel=2)


def prefetch(play):
    a = play.connect()
    q = play.name("q")
    _filled(a, q, 5)
    a.do(Basic.Qos(prefetch_size=1))
    a.do(Basic.Qos(prefetch_count=2))
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.expect("Basic.Deliver", 2)
    a.do(Queue.Declare(queue=q, passive=True))
    _get(a, q)
    a.send(Basic.Ack(3))
    a.send(Basic.Ack(1))
    a.expect("Basic.Deliver")
    a.do(Basic.Qos(prefetch_count=1))
    a.send(Basic.Ack(2))
    a.expect("Basic.Deliver")
    a.do(Queue.Declare(queue=q, passive=True))


def prefetch_of_a_channel(play):
    a = play.connect()
    q = play.name("q")
    _filled(a, q, 5)
    a.do(Basic.Qos(prefetch_count=2, global_qos=True))
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.expect("Basic.Deliver", 2)
    a.do(Basic.Consume(queue=q, consumer_tag="u"))
    a.send(Basic.Ack(2, multiple=True))
    a.wait({"Basic.Deliver"})
    a.wait({"Basic.Deliver"})
    a.do(Queue.Declare(queue=q, passive=True))


# ---- acknowledging


def unknown_delivery_tags(play):
    a = play.connect()
    q = play.name("q")
    _filled(a, q, 4)
    for spec in (
        Basic.Ack(1),
        Basic.Ack(0),
        Basic.Ack(7, multiple=True),
        Basic.Nack(1),
        Basic.Nack(5, multiple=True, requeue=True),
        Basic.Reject(1, requeue=False),
        Basic.Reject(0, requeue=True),
    ):
        a.send(spec)
        a.sync()
    for spec in (Basic.Ack(0, multiple=True), Basic.Nack(0, multiple=True)):
        a.send(spec)
        a.sync()
    _get(a, q, 2)
    a.send(Basic.Ack(1))
    a.send(Basic.Ack(1))
    a.sync()
    a.ready(q, 3)
    _get(a, q, 2)
    a.send(Basic.Ack(2, multiple=True))
    a.send(Basic.Ack(2, multiple=True))
    a.sync()
    a.ready(q, 1)
    _get(a, q)
    a.send(Basic.Ack(1), channel=2)
    a.sync(channel=2)
    a.send(Basic.Ack(1))
    a.sync()


def acknowledging_many(play):
    a = play.connect()
    q = play.name("q")
    _filled(a, q, 6)
    _get(a, q, 6)
    a.send(Basic.Ack(2))
    a.send(Basic.Ack(4, multiple=True))
    a.send(Basic.Ack(3, multiple=True))
    a.sync()
    a.ready(q, 2)
    _get(a, q, 2)
    a.send(Basic.Ack(0, multiple=True))
    a.send(Basic.Ack(0, multiple=True))
    _get(a, q)


def requeue_keeps_the_order(play):
    a = play.connect()
    q = play.name("q")
    _filled(a, q, 5)
    _get(a, q, 4)
    a.send(Basic.Nack(2, multiple=True, requeue=True))
    _get(a, q, 2)
    a.send(Basic.Reject(4, requeue=True))
    a.send(Basic.Reject(3, requeue=True))
    a.send(Basic.Reject(5, requeue=True))
    _get(a, q, 4, no_ack=True)
    _get(a, q, 2)
    a.do(Channel.Close(200, "", 0, 0))
    a.channels.discard(1)
    _get(a, q, 3, no_ack=True)


def reject_without_requeue(play):
    a = play.connect()
    q = play.name("q")
    _filled(a, q, 4)
    _get(a, q, 3)
    a.send(Basic.Reject(2, requeue=False))
    a.send(Basic.Nack(3, multiple=True, requeue=False))
    _get(a, q, 2)


def recover(play):
    a = play.connect()
    q = play.name("q")
    _filled(a, q, 3)
    _get(a, q, 2)
    a.do(Basic.Recover(requeue=True))
    a.do(Queue.Declare(queue=q, passive=True))
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.expect("Basic.Deliver", 3)
    a.do(Basic.Recover(requeue=True))
    a.expect("Basic.Deliver", 3)
    a.send(Basic.RecoverAsync(requeue=True))
    a.expect("Basic.Deliver", 3)
    a.send(Basic.Ack(0, multiple=True))
    a.do(Basic.Recover(requeue=True))


def recover_without_requeue(play):
    a = play.connect()
    a.do(Basic.Recover(requeue=False))


def recover_async_without_requeue(play):
    a = play.connect()
    a.send(Basic.RecoverAsync(requeue=False))
    a.sync()


def channel_end_gives_back(play):
    a, b = play.connect("a"), play.connect("b")
    q = play.name("q")
    _filled(a, q, 4)
    _get(a, q, 1, no_ack=True)
    _get(a, q, 2)
    a.do(Basic.Consume(queue=q, consumer_tag="t"), channel=2)
    a.expect("Basic.Deliver", channel=2)
    a.do(Queue.Declare(queue=q, passive=True))
    a.do(Channel.Close(200, "", 0, 0))
    a.channels.discard(1)
    a.expect("Basic.Deliver", 2, channel=2)
    a.close()
    _get(b, q, 4, no_ack=True)


# ---- confirms


def confirms(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q, durable=True))
    a.publish("", q)
    a.do(Confirm.Select())
    for _ in range(5):
        a.publish("", q, delivery_mode=2)
    a.confirms(1, 5)
    a.do(Confirm.Select())
    a.publish("amq.direct", "nowhere")
    a.publish("", q)
    a.publish("amq.fanout", "")
    a.confirms(6, 8)
    a.do(Queue.Purge(queue=q))
    a.publish(play.name("none"), "")
    a.sync()
    a.send(Confirm.Select(nowait=True))
    a.publish("", q)
    a.confirms(1, 1)


def confirms_of_a_deleted_queue(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    a.do(Confirm.Select())
    a.publish("", q)
    a.confirms(1, 1)
    a.do(Queue.Delete(queue=q))
    a.publish("", q)
    a.confirms(2, 2)
