"""Operations whose answer depends on who asks and when: permissions, limits, transactions, direct replies; to
be played to weir and to RabbitMQ."""

from pika.spec import Basic, Channel, Confirm, Exchange, Queue, Tx

REPLY_TO = "amq.rabbitmq.reply-to"

# ---- who asks; accounts are those of ACCOUNTS in amqp_accounts.py


def access(play):
    """Names say what the user may: c to configure, w to write, r to read."""
    guest, a = play.connect("guest"), play.connect("a", user="limited")
    q, x = play.name("cwr"), play.name("xcwr")
    none, w, r, c = (play.name(n) for n in ("o", "w", "r", "c"))
    a.do(Queue.Declare(queue=none))
    a.do(Queue.Declare(queue=w))
    a.do(Queue.Declare(queue=none, passive=True))
    a.do(Queue.Declare(queue=""))
    a.do(Queue.Declare(queue=q))
    a.do(Queue.Declare(queue="", passive=True))
    a.do(Exchange.Declare(exchange=none, type="direct"))
    a.do(Exchange.Declare(exchange=none, type="direct", passive=True))
    a.do(Exchange.Declare(exchange="amq.mine", type="direct"))
    a.do(Exchange.Declare(exchange=x, type="direct"))
    a.do(Exchange.Delete(exchange=none))
    a.do(Queue.Delete(queue=none))
    a.do(Queue.Purge(queue=none))
    for name in (none, w, r, c):
        guest.do(Queue.Declare(queue=name))
        guest.do(Exchange.Declare(exchange=name, type="direct"))
    a.do(Queue.Declare(queue=none, passive=True))
    a.do(Queue.Declare(queue=none))
    a.do(Exchange.Declare(exchange=none, type="direct"))
    a.do(Queue.Delete(queue=none))
    a.do(Exchange.Delete(exchange=none))
    for queue in (none, w, r):
        a.do(Queue.Purge(queue=queue))
        a.do(Basic.Get(queue=queue))
        a.do(Basic.Consume(queue=queue, consumer_tag="t"), channel=2)
    for source, destination in ((none, w), (r, none), (r, w), (w, r)):
        a.do(Queue.Bind(queue=destination, exchange=source, routing_key="k"))
        a.do(Queue.Unbind(queue=destination, exchange=source, routing_key="k"))
        a.do(Exchange.Bind(destination=destination, source=source, routing_key="k"))
        a.do(Exchange.Unbind(destination=destination, source=source, routing_key="k"))
    for exchange in (none, w, r, "", "amq.direct"):
        a.publish(exchange, q)
        a.sync()


def access_to_other_exchanges(play):
    """An alternate exchange must be written, and what it falls back from read."""
    a = play.connect("a", user="limited")
    for name, other in (("c", "w"), ("cr", "w"), ("cr2", "o")):
        arguments = {"alternate-exchange": play.name(other)}
        a.do(Exchange.Declare(exchange=play.name(name), type="direct", arguments=arguments))


def access_by_keys(play):
    guest, a = play.connect("guest"), play.connect("a", user="limited")
    x, q = play.name("topicwr"), play.name("qwr")
    guest.do(Exchange.Declare(exchange=x, type="topic"))
    guest.do(Queue.Declare(queue=q))
    a.publish(x, "w.key")
    a.sync()
    a.publish(x, "r.key")
    a.sync()
    a.do(Queue.Bind(queue=q, exchange=x, routing_key="r.key"))
    a.do(Queue.Bind(queue=q, exchange=x, routing_key="w.key"))
    a.do(Queue.Unbind(queue=q, exchange=x, routing_key="w.key"))


def virtual_hosts(play):
    play.connect("a", host="other")
    play.connect("b", user="nobody")
    play.connect("c", host="none")
    play.connect("d", user="nobody", password="wrong")
    play.connect("e", user="unheard-of")


def queues_of_a_small_host(play):
    a = play.connect("a", host="small")
    a.do(Queue.Declare(queue=play.name("q1"), exclusive=True))
    a.do(Queue.Declare(queue=play.name("q1"), exclusive=True))
    a.do(Queue.Declare(queue=play.name("q2"), exclusive=True))


def connections_of_a_narrow_host(play):
    a = play.connect("a", host="narrow")
    play.connect("b", host="narrow")
    a.close()


def limits_of_a_user(play):
    a = play.connect("a", user="few")
    play.connect("b", user="few")
    a.do(Basic.Qos())
    a.do(Basic.Qos(), channel=2)
    a.do(Basic.Qos(), channel=3)


# ---- transactions


def tx_errors(play):
    a = play.connect()
    a.do(Tx.Commit())
    a.do(Tx.Rollback())
    a.do(Tx.Select())
    a.do(Tx.Select())
    a.do(Tx.Commit())
    a.do(Tx.Rollback())
    a.do(Confirm.Select())
    a.do(Confirm.Select())
    a.do(Tx.Select())
    a.do(Tx.Commit())


def tx_publish(play):
    a = play.connect()
    q1, q2 = play.name("q1"), play.name("q2")
    a.do(Queue.Declare(queue=q1))
    a.do(Queue.Declare(queue=q2))
    a.do(Tx.Select())
    a.publish("", q1, b"1")
    a.publish("", q2, b"2")
    a.publish("", q1, b"3")
    a.do(Queue.Declare(queue=q1, passive=True))
    a.do(Tx.Commit())
    a.do(Queue.Declare(queue=q1, passive=True))
    a.do(Queue.Declare(queue=q2, passive=True))
    a.publish("", q1, b"4")
    a.do(Tx.Rollback())
    a.do(Queue.Declare(queue=q1, passive=True))
    a.do(Tx.Commit())
    a.do(Queue.Declare(queue=q1, passive=True))
    for _ in range(3):
        a.do(Basic.Get(queue=q1, no_ack=True), channel=2)


def tx_publish_that_goes_nowhere(play):
    a = play.connect()
    a.do(Tx.Select())
    a.publish("amq.direct", "nowhere", b"back", flags={"mandatory": True})
    a.publish("amq.direct", "nowhere", b"lost")
    a.publish("amq.direct", "nowhere", b"back too", flags={"mandatory": True})
    a.do(Tx.Commit())
    a.publish("amq.direct", "nowhere", b"forgotten", flags={"mandatory": True})
    a.do(Tx.Rollback())
    a.do(Tx.Commit())
    a.publish(play.name("none"), "")
    a.do(Tx.Commit())
    a.do(Tx.Commit())


def tx_publish_to_a_queue_that_goes(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    a.do(Tx.Select())
    a.publish("", q, b"1")
    a.do(Queue.Delete(queue=q), channel=2)
    a.do(Tx.Commit())
    a.publish("", q, b"2", flags={"mandatory": True})
    a.do(Queue.Declare(queue=q), channel=2)
    a.do(Tx.Commit())
    a.do(Queue.Declare(queue=q, passive=True), channel=2)


def tx_acknowledge(play):
    a, b = play.connect("a"), play.connect("b")
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    for n in range(1, 7):
        a.publish("", q, b"%d" % n)
    a.do(Tx.Select())
    for _ in range(5):
        a.do(Basic.Get(queue=q))
    a.send(Basic.Ack(2, multiple=True))
    a.send(Basic.Nack(3, requeue=True))
    a.send(Basic.Reject(4, requeue=False))
    a.do(Queue.Declare(queue=q, passive=True))
    a.do(Tx.Rollback())
    a.do(Queue.Declare(queue=q, passive=True))
    a.send(Basic.Ack(1))
    a.send(Basic.Nack(3, requeue=True))
    a.do(Tx.Commit())
    a.ready(q, 2)
    a.do(Basic.Get(queue=q))
    a.send(Basic.Ack(2))
    a.send(Basic.Ack(2))
    a.do(Tx.Commit())
    b.ready(q, 5)
    for _ in range(5):
        b.do(Basic.Get(queue=q, no_ack=True))


def tx_acknowledge_and_close(play):
    a, b = play.connect("a"), play.connect("b")
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    for n in range(1, 4):
        a.publish("", q, b"%d" % n)
    a.do(Tx.Select())
    for _ in range(2):
        a.do(Basic.Get(queue=q))
    a.send(Basic.Ack(2, multiple=True))
    a.publish("", q, b"never")
    a.do(Channel.Close(200, "", 0, 0))
    a.channels.discard(1)
    for _ in range(4):
        b.do(Basic.Get(queue=q, no_ack=True))


def tx_recover(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    for n in range(1, 4):
        a.publish("", q, b"%d" % n)
    a.do(Tx.Select())
    for _ in range(3):
        a.do(Basic.Get(queue=q))
    a.send(Basic.Ack(2))
    a.do(Basic.Recover(requeue=True))
    a.ready(q, 2)
    a.do(Tx.Rollback())
    a.do(Basic.Recover(requeue=True))
    a.ready(q, 3)


def tx_prefetch(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    for n in range(1, 4):
        a.publish("", q, b"%d" % n)
    a.do(Tx.Select())
    a.do(Basic.Qos(prefetch_count=1))
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.expect("Basic.Deliver")
    a.send(Basic.Ack(1))
    a.sync()
    a.send(Tx.Commit())
    a.gather({"Tx.CommitOk", "Basic.Deliver"})


def tx_to_a_full_queue(play):
    a = play.connect()
    q, free = play.name("q"), play.name("free")
    a.do(Queue.Declare(queue=q, arguments={"x-max-length": 1, "x-overflow": "reject-publish"}))
    a.do(Queue.Declare(queue=free))
    a.publish("", q, b"1", channel=2)
    a.do(Queue.Declare(queue=q, passive=True), channel=2)
    a.do(Tx.Select())
    a.publish("", free, b"2")
    a.publish("", q, b"3")
    a.do(Tx.Commit())
    a.ready(free, 1)
    a.ready(q, 1)


# ---- direct replies


def reply_to_errors(play):
    a = play.connect()
    a.publish("", "q", reply_to=REPLY_TO)
    a.sync()
    a.do(Basic.Consume(queue=REPLY_TO, consumer_tag="t"))
    a.do(Basic.Consume(queue=REPLY_TO, consumer_tag="t", no_ack=True))
    a.do(Basic.Consume(queue=REPLY_TO, consumer_tag="u", no_ack=True))
    a.do(Basic.Consume(queue=REPLY_TO, consumer_tag="", no_ack=True))
    a.do(Basic.Cancel(consumer_tag="none"))
    a.publish("", "q", reply_to=REPLY_TO, flags={"mandatory": True})
    a.sync()
    a.do(Queue.Declare(queue=REPLY_TO, passive=True))
    a.do(Queue.Declare(queue=REPLY_TO))
    a.do(Queue.Declare(queue=REPLY_TO + ".nonsense", passive=True))
    a.do(Queue.Declare(queue=REPLY_TO + ".nonsense"))
    a.do(Basic.Get(queue=REPLY_TO))
    a.do(Queue.Bind(queue=REPLY_TO, exchange="amq.direct", routing_key="k"))
    a.do(Queue.Purge(queue=REPLY_TO))
    a.do(Queue.Delete(queue=REPLY_TO))
    a.do(Basic.Consume(queue=REPLY_TO + ".nonsense", consumer_tag="v", no_ack=True))


def reply_to(play):
    a, b = play.connect("client"), play.connect("server")
    q = play.name("q")
    b.do(Queue.Declare(queue=q))
    b.do(Basic.Consume(queue=q, consumer_tag="s", no_ack=True))
    a.do(Basic.Consume(queue=REPLY_TO, consumer_tag="t", no_ack=True))
    a.publish("", q, b"ask", reply_to=REPLY_TO, correlation_id="1", headers={"n": 1})
    asked = b.expect("Basic.Deliver")[0]
    place = asked.properties.reply_to
    b.publish("", place, b"answer", correlation_id="1", priority=3)
    a.expect("Basic.Deliver")
    b.do(Queue.Declare(queue=place, passive=True))
    b.do(Queue.Declare(queue=place))
    b.do(Confirm.Select(), channel=2)
    b.publish("", place, b"more", channel=2, flags={"mandatory": True})
    b.confirms(1, 1, channel=2)
    a.expect("Basic.Deliver")
    b.publish("", q, b"both", channel=2, headers={"CC": [place]})
    b.confirms(2, 2, channel=2)
    a.expect("Basic.Deliver")
    b.expect("Basic.Deliver")
    b.publish("amq.direct", place, b"another exchange", channel=2)
    b.confirms(3, 3, channel=2)
    b.do(Tx.Select(), channel=3)
    b.publish("", place, b"in a transaction", channel=3)
    b.do(Tx.Rollback(), channel=3)
    a.do(Basic.Cancel(consumer_tag="t"))
    b.publish("", place, b"too late", channel=2)
    b.confirms(4, 4, channel=2)
    b.do(Queue.Declare(queue=place, passive=True))
    a.do(Basic.Consume(queue=REPLY_TO, consumer_tag="t", no_ack=True))
    a.do(Channel.Close(200, "", 0, 0))
    a.channels.discard(1)
    b.publish("", place, b"too late", channel=2)
    b.confirms(5, 5, channel=2)
    b.do(Queue.Declare(queue=place, passive=True))


def reply_to_used_tag(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    a.do(Basic.Consume(queue=q, consumer_tag="t"))
    a.do(Basic.Consume(queue=REPLY_TO, consumer_tag="t", no_ack=True))


def one_tag_for_both(play):
    a = play.connect()
    q = play.name("q")
    a.do(Queue.Declare(queue=q))
    a.do(Basic.Consume(queue=REPLY_TO, consumer_tag="t", no_ack=True))
    a.do(Basic.Consume(queue=q, consumer_tag="t"))


def reply_to_twice(play):
    a = play.connect()
    a.do(Basic.Consume(queue=REPLY_TO, consumer_tag="t", no_ack=True))
    a.do(Basic.Cancel(consumer_tag="t"))
    a.do(Basic.Consume(queue=REPLY_TO, consumer_tag="", no_ack=True))
    a.do(Basic.Consume(queue=REPLY_TO, consumer_tag="t", no_ack=False))
