"""Operations by which messages die, wait for their turn, or are too many; to be played to weir and to
RabbitMQ."""

from pika.spec import Basic, Channel, Confirm, Exchange, Queue, Tx

DEAD = "x-dead-letter-exchange"
DEAD_KEY = "x-dead-letter-routing-key"


def _morgue(play, client, name="morgue"):
    """A queue that gets what dies; its name, to be a dead letter's key by the default exchange."""
    queue = play.name(name)
    client.do(Queue.Declare(queue=queue))
    return queue


def _dying(play, client, name="q", morgue=None, **arguments):
    """A queue whose dead letters go to the morgue; its name."""
    queue = play.name(name)
    arguments = {DEAD: "", DEAD_KEY: morgue or play.name("morgue")} | arguments
    client.do(Queue.Declare(queue=queue, arguments=arguments))
    return queue


def _get(client, queue, count=1, channel=1, **options):
    for _ in range(count):
        client.do(Basic.Get(queue=queue, **options), channel=channel)


def _wait_a_moment(play, client, ms=100):
    """Until a message that lives for so long has died: what has lived less long is dead, too."""
    short, end = play.name("short"), play.name("end")
    client.do(Queue.Declare(queue=end), channel=8)
    client.do(Queue.Declare(queue=short, arguments={DEAD: "", DEAD_KEY: end}), channel=8)
    client.publish("", short, b"", channel=8, expiration=str(ms))
    client.ready(end, 1)
    client.do(Queue.Purge(queue=end), channel=8)


# ---- how messages die


def dead_by_rejection(play):
    a = play.connect()
    morgue = _morgue(play, a)
    q = _dying(play, a)
    a.publish("", q, b"1", message_id="m", headers={"mine": 1}, delivery_mode=2, expiration="60000")
    a.publish("", q, b"2", headers={"CC": ["other"], "BCC": ["hidden"]})
    a.publish("amq.direct", "nowhere", b"3", headers={"CC": ["nowhere", "more"]})
    _get(a, q, 2)
    a.send(Basic.Reject(1, requeue=False))
    a.send(Basic.Nack(2, requeue=False))
    a.ready(morgue, 2)
    _get(a, morgue, 3, no_ack=True)


def dead_by_many_rejections(play):
    a = play.connect()
    morgue = _morgue(play, a)
    q = _dying(play, a)
    for n in range(1, 5):
        a.publish("", q, b"%d" % n)
    _get(a, q, 3)
    a.send(Basic.Nack(0, multiple=True, requeue=False))
    a.ready(morgue, 3)
    a.ready(q, 1)
    _get(a, morgue, 3, no_ack=True)


def dead_again_and_again(play):
    """The history grows by one entry for each queue and reason, and counts."""
    a = play.connect()
    first = play.name("first")
    second = _dying(play, a, "second", first)
    _dying(play, a, "first", second)
    a.publish("", first, b"m", headers={"mine": [1, {"a": None}]})
    for n in range(4):
        queue = (first, second)[n % 2]
        a.ready(queue, 1)
        _get(a, queue)
        a.send(Basic.Reject(n + 1, requeue=False))
    a.ready(first, 1)
    _get(a, first, no_ack=True)


def dead_by_age(play):
    a = play.connect()
    morgue = _morgue(play, a)
    q = _dying(play, a, **{"x-message-ttl": 30})
    a.publish("", q, b"1")
    a.publish("", q, b"2", expiration="10")
    a.publish("", q, b"3", expiration="60000")
    a.ready(morgue, 3)
    _get(a, morgue, 3, no_ack=True)


def dead_at_once(play):
    a = play.connect()
    morgue = _morgue(play, a)
    q = _dying(play, a)
    a.publish("", q, b"1", expiration="0")
    a.ready(morgue, 1)
    _get(a, morgue, no_ack=True)
    a.do(Basic.Consume(queue=q, consumer_tag="t", no_ack=True), channel=2)
    a.publish("", q, b"2", expiration="0")
    a.expect("Basic.Deliver", channel=2)
    zero = _dying(play, a, "zero", **{"x-message-ttl": 0})
    a.publish("", zero, b"3")
    a.ready(morgue, 1)
    a.do(Basic.Qos(prefetch_count=1), channel=3)
    a.do(Basic.Consume(queue=zero, consumer_tag="t"), channel=3)
    a.publish("", zero, b"4")
    a.expect("Basic.Deliver", channel=3)
    a.publish("", zero, b"5")
    a.ready(morgue, 2)
    a.send(Basic.Reject(1, requeue=True), channel=3)
    a.sync(channel=3)
    a.ready(morgue, 3)
    _get(a, morgue, 3, no_ack=True)


def ages_behind_one_another(play):
    """Messages die at the head of their queue only."""
    a = play.connect()
    morgue = _morgue(play, a)
    q = _dying(play, a)
    a.publish("", q, b"long", expiration="600000")
    a.publish("", q, b"short", expiration="1")
    a.publish("", q, b"unlimited")
    a.publish("", q, b"short too", expiration="1")
    _wait_a_moment(play, a)
    a.do(Queue.Declare(queue=q, passive=True))
    _get(a, q)
    a.ready(morgue, 1)
    a.do(Queue.Declare(queue=q, passive=True))
    _get(a, q, 2)
    a.ready(morgue, 2)
    _get(a, morgue, 2, no_ack=True)


def ages_of_what_comes_back(play):
    a = play.connect()
    morgue = _morgue(play, a)
    q = _dying(play, a, **{"x-message-ttl": 1500})
    a.publish("", q, b"1")
    a.publish("", q, b"2")
    _get(a, q, 2)
    _wait_a_moment(play, a, 1600)
    a.do(Queue.Declare(queue=morgue, passive=True))
    a.send(Basic.Nack(2, multiple=True, requeue=True))
    a.ready(morgue, 2)
    _get(a, morgue, 2, no_ack=True)


def dead_by_length(play):
    a = play.connect()
    morgue = _morgue(play, a)
    q = _dying(play, a, **{"x-max-length": 2})
    a.do(Confirm.Select())
    for n in range(1, 5):
        a.publish("", q, b"%d" % n)
        a.confirms(n, n)
    a.ready(morgue, 2)
    _get(a, morgue, 2, no_ack=True)
    _get(a, q, 2)
    a.publish("", q, b"5")
    a.publish("", q, b"6")
    a.confirms(5, 6)
    a.do(Queue.Declare(queue=q, passive=True))
    a.send(Basic.Nack(0, multiple=True, requeue=True))
    a.ready(morgue, 2)
    a.ready(q, 2)
    _get(a, morgue, 2, no_ack=True)
    _get(a, q, 2, no_ack=True)


def refused_by_length(play):
    a = play.connect()
    morgue = _morgue(play, a)
    refusing = _dying(play, a, "refusing", **{"x-max-length": 1, "x-overflow": "reject-publish"})
    burying = _dying(play, a, "burying", **{"x-max-length": 1, "x-overflow": "reject-publish-dlx"})
    a.do(Confirm.Select())
    for n, q in enumerate((refusing, refusing, burying, burying), 1):
        a.publish("", q, b"%d" % n)
        a.confirms(n, n)
    a.ready(morgue, 1)
    _get(a, morgue, no_ack=True)
    free = play.name("free")
    a.do(Queue.Declare(queue=free))
    a.publish("", free, b"to both", headers={"CC": [refusing]})
    a.confirms(5, 5)
    a.ready(free, 1)
    _get(a, refusing)
    a.publish("", refusing, b"in its place")
    a.confirms(6, 6)
    a.send(Basic.Nack(0, multiple=True, requeue=True))
    a.ready(refusing, 2)
    a.publish("", refusing, b"one too many")
    a.confirms(7, 7)


def limits_of_nothing(play):
    a = play.connect()
    morgue = _morgue(play, a)
    for name, limit in (("length", "x-max-length"), ("bytes", "x-max-length-bytes")):
        q = _dying(play, a, name, **{limit: 0})
        a.publish("", q, b"1")
        a.ready(morgue, 1)
        a.do(Basic.Qos(prefetch_count=1), channel=2)
        a.do(Basic.Consume(queue=q, consumer_tag=name), channel=2)
        a.publish("", q, b"2")
        a.expect("Basic.Deliver", channel=2)
        a.publish("", q, b"3")
        a.ready(morgue, 2)
        a.do(Queue.Purge(queue=morgue))
        a.do(Channel.Close(200, "", 0, 0), channel=2)
        a.channels.discard(2)
    q = play.name("refusing")
    a.do(Queue.Declare(queue=q, arguments={"x-max-length": 0, "x-overflow": "reject-publish"}))
    a.do(Confirm.Select())
    a.publish("", q)
    a.confirms(1, 1)
    a.do(Basic.Consume(queue=q, consumer_tag="t", no_ack=True))
    a.publish("", q, b"to a consumer")
    a.confirms(2, 2)
    a.sync()


def limits_and_consumers(play):
    """What consumers take at once is not in their way who publish."""
    a, b = play.connect("a"), play.connect("b")
    for overflow in ("drop-head", "reject-publish"):
        q = play.name(overflow)
        a.do(Queue.Declare(queue=q, arguments={"x-max-length": 1, "x-overflow": overflow}))
        b.do(Basic.Consume(queue=q, consumer_tag=overflow, no_ack=True))
        a.do(Confirm.Select())
        for n in range(1, 21):
            a.publish("", q, b"%d" % n)
        a.confirms(1, 20)
        b.expect("Basic.Deliver", 20)
        a.do(Channel.Close(200, "", 0, 0))
        a.channels.discard(1)


def bytes_that_are_too_many(play):
    a = play.connect()
    morgue = _morgue(play, a)
    q = _dying(play, a, **{"x-max-length-bytes": 10})
    for body in (b"12345", b"123456", b"1", b"x" * 11, b"12"):
        a.publish("", q, body)
    a.ready(morgue, 4)
    _get(a, morgue, 4, no_ack=True)
    _get(a, q, 2, no_ack=True)


# ---- where the dead go


def dead_without_a_place(play):
    a = play.connect()
    q, x = play.name("q"), play.name("x")
    a.do(Queue.Declare(queue=q, arguments={DEAD: x}))
    a.publish("", q, b"1")
    _get(a, q)
    a.send(Basic.Reject(1, requeue=False))
    a.sync()
    a.do(Exchange.Declare(exchange=x, type="direct"))
    a.publish("", q, b"2")
    _get(a, q)
    a.send(Basic.Reject(2, requeue=False))
    a.sync()
    morgue = _morgue(play, a)
    a.do(Queue.Bind(queue=morgue, exchange=x, routing_key=q))
    a.publish("", q, b"3")
    _get(a, q)
    a.send(Basic.Reject(3, requeue=False))
    a.ready(morgue, 1)
    a.do(Exchange.Delete(exchange=x, if_unused=True))
    _get(a, morgue, no_ack=True)


def dead_by_their_own_keys(play):
    """Without a key of the queue's the message's own keys count, CC among them, and BCC."""
    a = play.connect()
    x, q = play.name("x"), play.name("q")
    a.do(Exchange.Declare(exchange=x, type="topic", auto_delete=True))
    a.do(Queue.Declare(queue=q, arguments={DEAD: x}))
    for name, key in (("own", q), ("cc", "copy.#"), ("bcc", "blind.*"), ("all", "#")):
        queue = _morgue(play, a, name)
        a.do(Queue.Bind(queue=queue, exchange=x, routing_key=key))
    a.publish("", q, b"1", headers={"CC": ["copy.a", "copy.b"]})
    _get(a, q)
    a.send(Basic.Reject(1, requeue=False))
    for name in ("own", "cc", "all"):
        a.ready(play.name(name), 1)
    for name in ("own", "cc", "bcc", "all"):
        _get(a, play.name(name), no_ack=True)


def dead_in_a_circle(play):
    a = play.connect()
    q, other = play.name("q"), play.name("other")
    a.do(Queue.Declare(queue=q, arguments={DEAD: "", "x-message-ttl": 1}))
    a.publish("", q, b"drops out")
    _wait_a_moment(play, a)
    a.ready(q, 0)
    a.do(Queue.Declare(queue=other, arguments={DEAD: ""}))
    a.publish("", other, b"m")
    for n in range(1, 4):
        a.ready(other, 1)
        _get(a, other)
        a.send(Basic.Reject(n, requeue=False))
    a.ready(other, 1)
    _get(a, other, no_ack=True)


def dead_through_an_alternate(play):
    a = play.connect()
    x, fall = play.name("x"), play.name("fall")
    a.do(Exchange.Declare(exchange=fall, type="fanout"))
    a.do(Exchange.Declare(exchange=x, type="direct", arguments={"alternate-exchange": fall}))
    morgue = _morgue(play, a)
    a.do(Queue.Bind(queue=morgue, exchange=fall))
    q = play.name("q")
    a.do(Queue.Declare(queue=q, arguments={DEAD: x}))
    a.publish("", q, b"1")
    _get(a, q)
    a.send(Basic.Reject(1, requeue=False))
    a.ready(morgue, 1)
    _get(a, morgue, no_ack=True)


def dead_into_a_full_queue(play):
    a = play.connect()
    morgue = play.name("morgue")
    a.do(Queue.Declare(queue=morgue, arguments={"x-max-length": 1}))
    q = _dying(play, a)
    for n in range(1, 4):
        a.publish("", q, b"%d" % n)
    _get(a, q, 3)
    a.send(Basic.Nack(0, multiple=True, requeue=False))
    a.ready(morgue, 1)
    a.ready(q, 0)
    _get(a, morgue, 2, no_ack=True)


def not_dead(play):
    """What is purged, or goes with its queue, is no dead letter."""
    a = play.connect()
    morgue = _morgue(play, a)
    q = _dying(play, a)
    for _ in range(2):
        a.publish("", q)
    _get(a, q)
    a.do(Queue.Purge(queue=q))
    a.do(Queue.Declare(queue=q, passive=True))
    a.do(Queue.Delete(queue=q, if_empty=True))
    a.send(Basic.Reject(1, requeue=False))
    a.sync()
    q = _dying(play, a)
    a.publish("", q)
    a.do(Queue.Delete(queue=q))
    a.ready(morgue, 0)


def dead_letters_by_tx(play):
    a = play.connect()
    morgue = _morgue(play, a)
    q = _dying(play, a)
    for n in range(1, 4):
        a.publish("", q, b"%d" % n)
    a.ready(q, 3)
    a.do(Tx.Select(), channel=2)
    _get(a, q, 3, channel=2)
    a.send(Basic.Reject(2, requeue=False), channel=2)
    a.do(Tx.Rollback(), channel=2)
    a.send(Basic.Nack(2, multiple=True, requeue=False), channel=2)
    a.ready(morgue, 0)
    a.do(Tx.Commit(), channel=2)
    a.ready(morgue, 2)
    _get(a, morgue, 2, no_ack=True)


# ---- whose turn it is


def priorities_and_lengths(play):
    a = play.connect()
    morgue = _morgue(play, a)
    q = _dying(play, a, **{"x-max-priority": 5, "x-max-length": 2})
    a.do(Confirm.Select())
    for n, priority in enumerate((1, 5, 3, 0, 4), 1):
        a.publish("", q, b"%d" % priority, priority=priority)
        a.confirms(n, n)
    a.ready(morgue, 3)
    _get(a, morgue, 3, no_ack=True)
    _get(a, q, 2, no_ack=True)


def priorities_and_ages(play):
    a = play.connect()
    morgue = _morgue(play, a)
    q = _dying(play, a, **{"x-max-priority": 5})
    a.publish("", q, b"low", priority=1, expiration="1")
    a.publish("", q, b"high", priority=3)
    _wait_a_moment(play, a)
    a.do(Queue.Declare(queue=q, passive=True))
    _get(a, q)
    a.ready(morgue, 1)
    _get(a, morgue, no_ack=True)
    _get(a, q)


def priorities_come_back(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q, arguments={"x-max-priority": 3}))
    for n, priority in enumerate((1, 2, 1, 2, 7)):
        a.publish("", q, b"%d of %d" % (n, priority), priority=priority)
    _get(a, q, 4)
    a.publish("", q, b"new", priority=2)
    a.send(Basic.Nack(0, multiple=True, requeue=True))
    a.ready(q, 6)
    _get(a, q, 6, no_ack=True)


def priorities_of_consumers(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    for n, priority in ((2, -1), (3, 5), (4, 0)):
        a.do(Basic.Qos(prefetch_count=1), channel=n)
        a.do(Basic.Consume(queue=q, consumer_tag=f"t{n}", arguments={"x-priority": priority}), channel=n)
    a.publish("", q, b"1")
    a.expect("Basic.Deliver", channel=3)
    a.publish("", q, b"2")
    a.expect("Basic.Deliver", channel=4)
    a.publish("", q, b"3")
    a.expect("Basic.Deliver", channel=2)
    a.publish("", q, b"4")
    a.do(Queue.Declare(queue=q, passive=True))
    a.send(Basic.Ack(1), channel=2)
    a.expect("Basic.Deliver", channel=2)
    a.send(Basic.Ack(1), channel=3)
    a.sync(channel=3)
    a.publish("", q, b"5")
    a.expect("Basic.Deliver", channel=3)
    a.do(Basic.Cancel(consumer_tag="t3"), channel=3)
    a.send(Basic.Ack(1), channel=4)
    a.sync(channel=4)
    a.publish("", q, b"6")
    a.expect("Basic.Deliver", channel=4)


def consumers_in_turn(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    for tag in ("t", "u", "v"):
        a.do(Basic.Consume(queue=q, consumer_tag=tag, no_ack=True))
    for n in range(1, 7):
        a.publish("", q, b"%d" % n, channel=2)
        a.expect("Basic.Deliver")
    a.do(Basic.Cancel(consumer_tag="u"))
    for n in range(7, 10):
        a.publish("", q, b"%d" % n, channel=2)
        a.expect("Basic.Deliver")


# ---- when a queue goes


def unused_queues_go(play):
    a = play.connect()
    q, kept = play.name("q"), play.name("kept")
    a.do(Queue.Declare(queue=kept, arguments={"x-expires": 500}))
    a.do(Basic.Consume(queue=kept, consumer_tag="t"))
    a.do(Queue.Declare(queue=q, arguments={"x-expires": 500}))
    a.publish("", q)
    a.ready(q, 1, channel=2)
    _wait_a_moment(play, a, 900)
    a.do(Queue.Declare(queue=q, passive=True), channel=3)
    a.do(Queue.Declare(queue=kept, passive=True), channel=3)


def auto_delete_queues_and_exclusive_consumers(play):
    a, b = play.connect("a"), play.connect("b")
    q = play.name("q")
    a.do(Queue.Declare(queue=q, auto_delete=True, durable=True))
    b.do(Basic.Consume(queue=q, consumer_tag="t", exclusive=True))
    a.publish("", q, b"1")
    b.expect("Basic.Deliver")
    a.do(Basic.Consume(queue=q, consumer_tag="u"))
    b.close()
    a.ready(q, None)
    a.publish("", q, b"2", flags={"mandatory": True})
    a.sync()
