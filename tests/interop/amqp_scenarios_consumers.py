"""Operations of several consumers and clients on one queue, and what ends; to be played to weir and to
RabbitMQ."""

from pika.spec import Basic, Channel, Confirm, Exchange, Queue, Tx

from amqp_player import sorted_tables

DEAD = "x-dead-letter-exchange"
DEAD_KEY = "x-dead-letter-routing-key"
SINGLE = {"x-single-active-consumer": True}


def _filled(client, queue, count, **options):
    """A new queue with messages 1, 2, ... in it."""
    client.do(Queue.Declare(queue=queue, **options))
    for n in range(1, count + 1):
        client.publish("", queue, b"%d" % n)


def _get(client, queue, count=1, channel=1, **options):
    for _ in range(count):
        client.do(Basic.Get(queue=queue, **options), channel=channel)


def _wait(play, client, ms):
    """Until a message that lives for so long has died."""
    short, end = play.name("short"), play.name("end")
    client.do(Queue.Declare(queue=end), channel=8)
    client.do(Queue.Declare(queue=short, arguments={DEAD: "", DEAD_KEY: end}), channel=8)
    client.publish("", short, b"", channel=8, expiration=str(ms))
    client.ready(end, 1)
    client.do(Queue.Purge(queue=end), channel=8)


# ---- whose queue it is


def exclusive_queue_of_another(play):
    a, b = play.connect("a"), play.connect("b")
    q = play.name("q")
    a.do(Queue.Declare(queue=q, exclusive=True))
    b.do(Basic.Consume(queue=q, consumer_tag="t"))
    b.do(Basic.Get(queue=q))
    b.do(Queue.Declare(queue=q, exclusive=True, arguments={"x-expires": 1}))
    b.send(Queue.Purge(queue=q, nowait=True))
    b.sync()
    b.do(Confirm.Select())
    b.publish("", q, b"may come", flags={"mandatory": True})
    b.confirms(1, 1)
    _get(a, q, no_ack=True)
    a.drop()
    b.ready(q, None)
    b.do(Queue.Delete(queue=q))


def queue_shared_and_then_exclusive(play):
    a, b = play.connect("a"), play.connect("b")
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    a.do(Queue.Declare(queue=q, exclusive=True))
    b.do(Queue.Declare(queue=q, exclusive=True, auto_delete=True))
    b.do(Queue.Declare(queue=q, exclusive=True, passive=True))
    b.do(Basic.Consume(queue=q, consumer_tag="t", exclusive=True))


# ---- single active consumers


def single_active_consumer_that_ends(play):
    """The next in line gets what the channel held, redelivered, and then what follows."""
    a = play.connect()
    q = play.name("q")
    _filled(a, q, 3, arguments=SINGLE)
    a.ready(q, 3)
    for channel in (2, 3, 4):
        a.do(Basic.Qos(prefetch_count=2), channel=channel)
        a.do(Basic.Consume(queue=q, consumer_tag=f"t{channel}"), channel=channel)
    a.expect("Basic.Deliver", 2, channel=2)
    a.send(Basic.Ack(1), channel=2)
    a.expect("Basic.Deliver", channel=2)
    a.do(Channel.Close(200, "", 0, 0), channel=2)
    a.channels.discard(2)
    a.expect("Basic.Deliver", 2, channel=3)
    a.send(Basic.Nack(1, requeue=True), channel=3)
    a.expect("Basic.Deliver", channel=3)
    a.do(Basic.Cancel(consumer_tag="t3"), channel=3)
    a.publish("", q, b"4")
    a.expect("Basic.Deliver", channel=4)
    a.send(Basic.Nack(0, multiple=True, requeue=True), channel=3)
    a.expect("Basic.Deliver", channel=4)


def single_active_consumers_with_priorities(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q, arguments=SINGLE))
    for channel, priority in ((2, 1), (3, 0), (4, 5)):
        a.do(
            Basic.Consume(
                queue=q, consumer_tag=f"t{channel}", no_ack=True, arguments={"x-priority": priority}
            ),
            channel=channel,
        )
    a.publish("", q, b"1")
    a.expect("Basic.Deliver", channel=2)
    a.do(Basic.Cancel(consumer_tag="t2"), channel=2)
    a.publish("", q, b"2")
    a.expect("Basic.Deliver", channel=4)


def single_active_consumer_and_get(play):
    a = play.connect()
    q = play.name("q")
    _filled(a, q, 2, durable=True, arguments=SINGLE)
    _get(a, q)
    a.do(Basic.Get(queue=q), channel=2)
    a.do(Queue.Declare(queue=q, durable=True))
    a.do(Queue.Delete(queue=q))


# ---- what a prefetch counts


def prefetch_of_consumers_that_are_there(play):
    """A new prefetch is for consumers to come; one of the channel is for all."""
    a = play.connect()
    q = play.name("q")
    _filled(a, q, 6)
    a.ready(q, 6)
    a.do(Basic.Qos(prefetch_count=1))
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.expect("Basic.Deliver")
    a.do(Basic.Qos(prefetch_count=3))
    a.do(Queue.Declare(queue=q, passive=True))
    a.do(Basic.Consume(queue=q, consumer_tag="u"))
    a.expect("Basic.Deliver", 3)
    a.do(Queue.Declare(queue=q, passive=True))
    a.do(Basic.Qos(prefetch_count=1, global_qos=True))
    a.send(Basic.Ack(1))
    a.do(Queue.Declare(queue=q, passive=True))
    a.do(Basic.Qos(prefetch_count=0, global_qos=True))
    a.expect("Basic.Deliver")
    a.do(Queue.Declare(queue=q, passive=True))


def prefetch_beyond_bounds(play):
    a = play.connect()
    q = play.name("q")
    _filled(a, q, 2)
    a.do(Basic.Qos(prefetch_count=65535))
    a.do(Basic.Qos(prefetch_count=65535, global_qos=True))
    a.do(Basic.Qos(prefetch_size=4294967295))
    a.do(Basic.Qos(prefetch_size=1, global_qos=True))
    a.do(Basic.Qos(prefetch_count=0))
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.expect("Basic.Deliver", 2)


def acknowledgements_of_several_consumers(play):
    """Tags are the channel's, whichever consumer or get they are of."""
    a = play.connect()
    q, r = play.name("q"), play.name("r")
    _filled(a, q, 2)
    _filled(a, r, 2)
    a.ready(q, 2)
    a.ready(r, 2)
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.expect("Basic.Deliver", 2)
    _get(a, r)
    a.do(Basic.Consume(queue=r, consumer_tag="u", no_ack=True))
    a.expect("Basic.Deliver")
    a.send(Basic.Nack(3, multiple=True, requeue=False))
    a.send(Basic.Ack(4))
    a.sync()
    a.do(Queue.Declare(queue=q, passive=True))
    a.do(Queue.Declare(queue=r, passive=True))


def what_a_cancelled_consumer_holds(play):
    a = play.connect()
    q = play.name("q")
    _filled(a, q, 3)
    a.ready(q, 3)
    a.do(Basic.Qos(prefetch_count=2))
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.expect("Basic.Deliver", 2)
    a.do(Basic.Cancel(consumer_tag="t"))
    a.do(Queue.Declare(queue=q, passive=True))
    a.do(Queue.Delete(queue=q, if_unused=True, if_empty=True), channel=2)
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.expect("Basic.Deliver")
    a.send(Basic.Nack(1, requeue=True))
    a.expect("Basic.Deliver")
    a.send(Basic.Ack(0, multiple=True))
    a.do(Queue.Delete(queue=q, if_empty=True), channel=2)
    a.expect("Basic.Cancel")


def published_before_the_cancel(play):
    """A consumer gets what another channel has published before it is cancelled there, if it can be."""
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    for n in range(10):
        a.do(Basic.Consume(queue=q, consumer_tag="t", no_ack=True))
        a.publish("", q, b"%d" % n)
        a.send(Basic.Cancel(consumer_tag="t"))
        a.gather({"Basic.Deliver", "Basic.CancelOk"})


# ---- what ends


def bindings_go_with_their_ends(play):
    a = play.connect()
    x, y, q = play.name("x"), play.name("y"), play.name("q")

    def declare():
        a.do(Exchange.Declare(exchange=x, type="fanout"))
        a.do(Exchange.Declare(exchange=y, type="fanout"))
        a.do(Queue.Declare(queue=q))

    def send():
        a.publish(x, "", flags={"mandatory": True})
        a.do(Queue.Purge(queue=q))

    for end in (Queue.Delete(queue=q), Exchange.Delete(exchange=y), Exchange.Delete(exchange=x)):
        declare()
        a.do(Exchange.Bind(destination=y, source=x))
        a.do(Queue.Bind(queue=q, exchange=y))
        send()
        a.do(end)
        declare()
        send()
        for rest in (Queue.Delete(queue=q), Exchange.Delete(exchange=y), Exchange.Delete(exchange=x)):
            a.do(rest)


def auto_delete_exchange_between(play):
    """An exchange goes with its last binding to others; those that it was bound to may go, too."""
    a = play.connect()
    x, y, q = play.name("x"), play.name("y"), play.name("q")
    a.do(Exchange.Declare(exchange=x, type="fanout", auto_delete=True))
    a.do(Exchange.Declare(exchange=y, type="fanout", auto_delete=True))
    a.do(Queue.Declare(queue=q))
    a.do(Exchange.Bind(destination=y, source=x))
    a.do(Queue.Bind(queue=q, exchange=y))
    a.do(Queue.Delete(queue=q))
    a.do(Exchange.Declare(exchange=y, passive=True))
    a.do(Exchange.Declare(exchange=x, passive=True))


def renewed_queues_stay(play):
    """What is declared again, also passively, or got from is not unused."""
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q, arguments={"x-expires": 1500}))
    _wait(play, a, 900)
    a.do(Queue.Declare(queue=q, arguments={"x-expires": 1500}))
    _wait(play, a, 900)
    a.do(Queue.Declare(queue=q, passive=True))
    _wait(play, a, 900)
    _get(a, q)
    _wait(play, a, 900)
    a.do(Queue.Declare(queue=q, passive=True))


def published_to_queues_do_not_stay(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q, arguments={"x-expires": 600}))
    for _ in range(3):
        _wait(play, a, 300)
        a.publish("", q)
    _wait(play, a, 100)
    a.do(Queue.Declare(queue=q, passive=True))


def bound_queue_that_goes_by_itself(play):
    a = play.connect()
    q, x = play.name("q"), play.name("x")
    a.do(Exchange.Declare(exchange=x, type="fanout", auto_delete=True))
    a.do(Queue.Declare(queue=q, auto_delete=True))
    a.do(Queue.Bind(queue=q, exchange=x))
    a.do(Basic.Consume(queue=q, consumer_tag="t"), channel=2)
    a.do(Channel.Close(200, "", 0, 0), channel=2)
    a.channels.discard(2)
    a.ready(q, None)
    a.do(Exchange.Declare(exchange=x, passive=True))


# ---- histories that clients bring along


def deaths_of_the_publishers_own(play):
    """Headers by the names of a history, of what has not died yet, and has."""
    a = play.connect()
    q, morgue = play.name("q"), play.name("morgue")
    a.do(Queue.Declare(queue=morgue))
    a.do(Queue.Declare(queue=q, arguments={DEAD: "", DEAD_KEY: morgue}))
    history = [
        {"queue": "elsewhere", "reason": "rejected", "count": 3, "exchange": "", "routing-keys": ["k"]}
    ]
    for headers in (
        {"x-death": history},
        {"x-death": "a text"},
        {"x-first-death-queue": "elsewhere", "x-first-death-reason": "rejected"},
    ):
        a.publish("", q, headers=headers)
        _get(a, q)
        a.send(Basic.Reject(1, requeue=False))
        a.ready(morgue, 1)
        _get(a, morgue, no_ack=True)
        a.do(Channel.Close(200, "", 0, 0))
        a.channels.discard(1)


def deaths_that_are_published_on(play):
    """A dead letter that a client has taken and published again dies once more."""
    a = play.connect()
    q, morgue = play.name("q"), play.name("morgue")
    a.do(Queue.Declare(queue=morgue))
    a.do(Queue.Declare(queue=q, arguments={DEAD: "", DEAD_KEY: morgue}))
    a.publish("", q)
    for _ in range(2):
        _get(a, q)
        a.send(Basic.Reject(1, requeue=False))
        a.ready(morgue, 1)
        dead = a.do(Basic.Get(queue=morgue, no_ack=True))
        a.do(Channel.Close(200, "", 0, 0))
        a.channels.discard(1)
        a.publish("", q, headers=sorted_tables(dead.properties.headers))
    a.do(Queue.Purge(queue=q))


# ---- methods in a row


def pipelined(play):
    """Nobody waits for an answer; they come in order."""
    a = play.connect()
    q, x = play.name("q"), play.name("x")
    methods = (
        Queue.Declare(queue=q),
        Exchange.Declare(exchange=x, type="direct"),
        Queue.Bind(queue=q, exchange=x, routing_key="k"),
        Confirm.Select(),
        Basic.Qos(prefetch_count=1),
    )
    for one in methods:
        a.send(one)
    a.publish(x, "k", b"1")
    a.publish(x, "other", b"2", flags={"mandatory": True})
    for one in methods:
        a.wait({one.NAME + "Ok"})
    a.confirms(1, 2)
    a.ready(q, 1)
    a.send(Queue.Purge(queue=q))
    a.send(Queue.Unbind(queue=q, exchange=x, routing_key="k"))
    a.send(Queue.Delete(queue=q))
    a.send(Queue.Declare(queue=q, passive=True))
    a.send(Exchange.Delete(exchange=x))
    for name in ("Queue.PurgeOk", "Queue.UnbindOk", "Queue.DeleteOk", "Queue.DeclareOk"):
        a.wait({name})
    a.do(Exchange.Delete(exchange=x))


def errors_of_what_is_not_answered(play):
    a = play.connect()
    q = play.name("q")
    for spec in (
        Queue.Delete(queue="amq.gen-none", if_empty=True, nowait=True),
        Queue.Bind(queue=q, exchange="amq.direct", nowait=True),
        Exchange.Bind(destination="amq.direct", source=q, nowait=True),
        Exchange.Unbind(destination="", source=q, nowait=True),
        Exchange.Delete(exchange="amq.direct", nowait=True),
        Basic.Consume(queue=q, consumer_tag="t", nowait=True),
        Queue.Declare(queue="amq.new", nowait=True),
        Queue.Purge(queue=q, nowait=True),
    ):
        a.send(spec)
        a.sync()
    a.send(Tx.Select())
    a.wait({"Tx.SelectOk"})
    a.send(Confirm.Select(nowait=True))
    a.sync()
