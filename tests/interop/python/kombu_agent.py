"""The agent around kombu (with py-amqp, as Celery has it)."""

import socket
import threading
import time
import uuid

import amqp
import kombu
import kombu.exceptions

from agent_loop import Failed, decode, encode, serve
from amqp_values import to_pairs, to_table

COPIED = ["content_type", "content_encoding", "delivery_mode", "priority", "correlation_id", "reply_to",
          "expiration", "message_id", "timestamp", "type", "user_id", "app_id"]  # fmt: skip
RAW = {"content_type": "application/octet-stream", "content_encoding": "binary"}  # or it would serialize
CONFIRMS = {"confirm_publish": True, "max_retries": 3}


def to_json(message):
    """Of py-amqp's own message."""
    properties = {name: message.properties.get(name) for name in COPIED}
    properties["headers"] = to_pairs(message.properties.get("application_headers"))
    info = message.delivery_info
    body = message.body.encode() if isinstance(message.body, str) else bytes(message.body)
    return dict(
        tag=info["delivery_tag"],
        redelivered=info["redelivered"],
        exchange=info["exchange"],
        key=info["routing_key"],
        count=info.get("message_count"),
        body=encode(body),
        properties=properties,
    )


class Channel:
    def __init__(self, connection, confirms):
        self.connection, self.confirms = connection, confirms
        self.channel = connection.channel()
        self.arrived, self.returned, self.gone = [], [], []
        self.channel.auto_decode = False
        self.channel.events["basic_return"].add(lambda *said: self.returned.append(encode(said[-1].body)))

    def drain(self, wait_s, done):
        end = time.monotonic() + wait_s
        while not done() and (left := end - time.monotonic()) > 0:
            try:
                self.connection.drain_events(timeout=left)
            except socket.timeout:
                return


class Operations:
    def __init__(self):
        self.connections, self.channels = {}, []

    def op_hello(self, address):
        self.url = f"amqp://guest:guest@{address}//"
        client = f"kombu {kombu.__version__} (amqp {amqp.__version__})"
        return dict(client=client, codecs=[], lacks=["follow", "bytes"])

    def op_channel(self, connection, confirms):
        key = connection, confirms  # which kombu settles for a connection
        if key not in self.connections or not self.connections[key].connected:
            self.connections[key] = kombu.Connection(self.url, transport_options=CONFIRMS if confirms else {})
            self.connections[key].connect()
        self.channels.append(Channel(self.connections[key], confirms))
        return len(self.channels) - 1

    def op_close_channel(self, channel):
        self.channels[channel].channel.close()

    def op_queue(self, channel, name, arguments, **kind):
        result = self.channels[channel].channel.queue_declare(name, arguments=to_table(arguments), **kind)
        return list(result)

    def op_exchange(self, channel, name, kind, durable, passive):
        exchange = kombu.Exchange(name, kind, self.channels[channel].channel, durable=durable)
        exchange.declare(passive=passive)

    def op_delete_queue(self, channel, name):
        kombu.Queue(name, channel=self.channels[channel].channel).delete()

    def op_delete_exchange(self, channel, name):
        kombu.Exchange(name, channel=self.channels[channel].channel).delete()

    def op_purge(self, channel, name):
        kombu.Queue(name, channel=self.channels[channel].channel).purge()

    def op_bind(self, channel, queue, exchange, key, arguments):
        self.channels[channel].channel.queue_bind(queue, exchange, key, arguments=to_table(arguments))

    def op_unbind(self, channel, queue, exchange, key):
        self.channels[channel].channel.queue_unbind(queue, exchange, key)

    def op_publish(self, channel, exchange, key, bodies, mandatory, properties):
        its = self.channels[channel]
        producer = kombu.Producer(its.channel, kombu.Exchange(exchange), key, auto_declare=False)
        its.returned.clear()
        given = dict(properties, headers=to_table(properties.get("headers", [])), mandatory=mandatory)
        if "expiration" in given:
            given["expiration"] = int(given["expiration"]) / 1000
        for body in bodies:
            producer.publish(decode(body), **{**RAW, **given})
        return dict(acked=len(bodies) - len(its.returned), returned=list(its.returned))

    def op_get(self, channel, queue, no_ack):
        message = self.channels[channel].channel.basic_get(queue, no_ack=no_ack)
        return message and to_json(message)

    def op_qos(self, channel, count):
        self.channels[channel].channel.basic_qos(0, count, False)

    def op_consume(self, channel, queue, tag, no_ack, exclusive):
        its, tag = self.channels[channel], tag or f"kombu-{uuid.uuid4()}"
        its.channel.basic_consume(
            queue, tag, no_ack=no_ack, exclusive=exclusive, callback=its.arrived.append,
            on_cancel=its.gone.append,
        )  # fmt: skip
        return tag

    def op_deliveries(self, channel, count, wait_ms):
        its = self.channels[channel]
        its.drain(wait_ms / 1000, lambda: len(its.arrived) >= count)
        found, its.arrived[:count] = its.arrived[:count], []
        return [to_json(message) for message in found]

    def op_settle(self, channel, verdict, tag, multiple, requeue):
        its = self.channels[channel].channel
        if verdict == "ack":
            its.basic_ack(tag, multiple=multiple)
            return
        for one in range(1 if multiple else tag, tag + 1):  # there is no basic_nack in this client
            its.basic_reject(one, requeue=requeue)

    def op_cancel(self, channel, tag):
        self.channels[channel].channel.basic_cancel(tag)

    def op_cancelled(self, channel, wait_ms):
        its = self.channels[channel]
        its.drain(wait_ms / 1000, lambda: its.gone)
        return its.gone

    def op_steady(self, queue):
        self.numbers, self.stop = [], threading.Event()
        self.publisher = threading.Thread(target=self.publish_steadily, args=[queue])
        self.publisher.start()

    def publish_steadily(self, queue):
        with kombu.Connection(self.url, transport_options=CONFIRMS) as connection:
            producer = connection.Producer()
            policy = dict(max_retries=100, interval_start=0.05, interval_step=0.05, interval_max=0.5)
            while not self.stop.is_set():
                producer.publish(
                    b"%d" % len(self.numbers), exchange="", routing_key=queue, retry=True,
                    retry_policy=policy, **RAW,
                )  # fmt: skip
                self.numbers.append(len(self.numbers))

    def op_confirmed(self):
        return dict(count=len(self.numbers))

    def op_stop_steady(self):
        self.stop.set()
        self.publisher.join()
        return self.numbers


def to_failed(error):
    return Failed(getattr(error, "reply_code", None) or -1, f"{type(error).__name__}: {error}")


serve(Operations(), to_failed)
