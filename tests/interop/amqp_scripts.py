"""Scripts of bytes that a client may send, to be played to weir and to RabbitMQ."""

import pika.spec

from amqp_wire import (
    HEADER,
    connected,
    header,
    method,
    open_channel,
    open_host,
    publish,
    raw_frame,
    start_ok,
    tune_ok,
)

Channel, Connection, Queue, Basic = (
    pika.spec.Channel,
    pika.spec.Connection,
    pika.spec.Queue,
    pika.spec.Basic,
)
CLOSE = method(0, Connection.Close(200, "bye", 0, 0))
CLOSE_OK = method(0, Connection.CloseOk())
NO_QUEUE = method(1, Queue.Declare(queue="none", passive=True))


def on_channel(script, **tuning):
    """Bytes that are sent once channel 1 is open."""
    return [connected(**tuning), "Channel.OpenOk", script]


SCRIPTS = {
    "header of 0-9": b"AMQP\x01\x01\x00\x09",
    "header of 0-8": b"AMQP\x01\x01\x08\x00",
    "header of 0-9-2": b"AMQP\x00\x00\x09\x02",
    "header of 1.0 without its plugin": b"AMQP\x00\x01\x00\x00",
    "header of http": b"GET / HTTP/1.1\r\n\r\n",
    "junk for a header": b"\x00" * 8,
    "start": HEADER,
    "wrong password": HEADER + start_ok(password="wrong"),
    "wrong password, and then close-ok": [HEADER + start_ok(password="wrong"), "Close", CLOSE_OK],
    "wrong password of a client without capabilities": HEADER + start_ok(password="wrong", properties={}),
    "unknown mechanism of a client without capabilities": HEADER + start_ok(mechanism="X", properties={}),
    "unknown mechanism": HEADER + start_ok(mechanism="X"),
    "broken response": HEADER + start_ok(response="guest"),
    "amqplain": HEADER
    + start_ok(mechanism="AMQPLAIN", response="\x05LOGINS\0\0\0\x05guest\x08PASSWORDS\0\0\0\x05guest"),
    "large frame before tuning": HEADER + raw_frame(1, 0, b"\0" * 8193),
    "frame_max too high": HEADER + start_ok() + tune_ok(frame_max=131073),
    "frame_max of none": HEADER + start_ok() + tune_ok(frame_max=0),
    "frame_max too low": HEADER + start_ok() + tune_ok(frame_max=1000),
    "channel_max too high": HEADER + start_ok() + tune_ok(channel_max=2048),
    "channel_max of none": HEADER + start_ok() + tune_ok(channel_max=0),
    "open": HEADER + start_ok() + tune_ok() + open_host(),
    "unknown virtual host": HEADER + start_ok() + tune_ok() + open_host("none"),
    "unknown virtual host, and then close-ok": [
        HEADER + start_ok() + tune_ok() + open_host("none"),
        "Connection.Close",
        CLOSE_OK,
    ],
    "open before tune-ok": HEADER + start_ok() + open_host(),
    "tune-ok twice": HEADER + start_ok() + tune_ok() + tune_ok(),
    "channel before open": HEADER + start_ok() + tune_ok() + open_channel(1),
    "channel before tune-ok": HEADER + start_ok() + open_channel(1),
    "open twice": on_channel(open_host()),
    "close during the handshake": HEADER + start_ok() + CLOSE,
    "channel": [connected()],
    "second channel.open": on_channel(open_channel(1)),
    "no channel.open": on_channel(method(2, Queue.Declare(queue="q"))),
    "publish without channel.open": on_channel(publish(2, b"body")),
    "too many channels": on_channel(open_channel(2), channel_max=1),
    "high channel number": on_channel(open_channel(65535), channel_max=2),
    "channel closed and opened again": [
        *on_channel(method(1, Channel.Close(200, "", 0, 0))),
        "Channel.CloseOk",
        open_channel(1),
    ],
    "close-ok of an open channel": on_channel(method(1, Channel.CloseOk())),
    "flow on": on_channel(method(1, Channel.Flow(True))),
    "flow off": on_channel(method(1, Channel.Flow(False))),
    "access ticket": on_channel(method(1, pika.spec.Access.Request())),
    "a server's method": on_channel(method(1, Queue.DeclareOk("q", 0, 0))),
    "a connection's method on a channel": on_channel(open_host().replace(b"\x01\0\0", b"\x01\0\x01", 1)),
    "heartbeat": on_channel(raw_frame(8, 0, b"")),
    "heartbeat on a channel": on_channel(raw_frame(8, 1, b"")),
    "heartbeat with a payload": on_channel(raw_frame(8, 0, b"x")),
    "unknown frame type": on_channel(raw_frame(5, 1, b"abc")),
    "unknown frame type on channel 0": on_channel(raw_frame(5, 0, b"abc\x00")),
    "frame without its end": on_channel(raw_frame(1, 1, b"\0\x14\0\x28text of a frame", end=0)),
    "frame too large": on_channel(raw_frame(3, 1, b"x" * 131073)),
    "short method": on_channel(raw_frame(1, 1, b"\0\x14")),
    "body on channel 0": on_channel(raw_frame(3, 0, b"body")),
    "method that can't be read": on_channel(raw_frame(1, 1, b"\0\x32\0\x0a\0\0\x05q")),
    "short string that is no text": on_channel(raw_frame(1, 1, b"\0\x3c\0\x1e\x01\xff\0")),
    "short string that is no text on channel 0": on_channel(
        raw_frame(1, 0, b"\0\x0a\0\x46\0\0\0\x01x\x01\xff")
    ),
    "connection's method that can't be read": on_channel(raw_frame(1, 0, b"\0\x0a\0\x46\0\0")),
    "table that can't be read": on_channel(
        raw_frame(1, 1, b"\0\x32\0\x0a\0\0\x01q\0\0\0\0\x08\x01aS\0\0\0\x05x")
    ),
    "properties that can't be read": on_channel(
        method(1, Basic.Publish(exchange="amq.direct")) + header(1, 0, properties=b"\x80\0\x05a")
    ),
    "unknown method": on_channel(raw_frame(1, 1, b"\0\x32\0\x63")),
    "unknown method on channel 0": on_channel(raw_frame(1, 0, b"\0\x0a\0\x63")),
    "method without content": on_channel(method(1, Basic.Publish()) + method(1, Basic.Publish())),
    "body without header": on_channel(method(1, Basic.Publish()) + raw_frame(3, 1, b"x")),
    "header without method": on_channel(header(1, 5)),
    "body without method": on_channel(raw_frame(3, 1, b"x")),
    "header of another class": on_channel(method(1, Basic.Publish()) + header(1, 1, class_id=50)),
    "header with weight": on_channel(method(1, Basic.Publish()) + header(1, 1, weight=1)),
    "body longer than announced": on_channel(
        method(1, Basic.Publish()) + header(1, 1) + raw_frame(3, 1, b"xy")
    ),
    "method within content": on_channel(method(1, Basic.Publish()) + header(1, 5) + method(1, Basic.Qos())),
    "body beyond all limits": on_channel(method(1, Basic.Publish()) + header(1, 536_870_913)),
    "passive declare of no queue": on_channel(NO_QUEUE),
    "after a soft error": [
        *on_channel(NO_QUEUE),
        "Channel.Close",
        publish(1, b"lost") + method(1, Basic.Qos()) + method(1, Channel.CloseOk()) + open_channel(1),
    ],
    "closes that cross": [
        *on_channel(NO_QUEUE),
        "Channel.Close",
        method(1, Channel.Close(200, "", 0, 0)) + method(1, Channel.CloseOk()),
        "Channel.CloseOk",
        open_channel(1),
    ],
    "close": on_channel(CLOSE),
    "close twice": on_channel(CLOSE + CLOSE),
    "method after close": on_channel(CLOSE + method(1, Basic.Qos())),
    "hard error, and then close-ok": [*on_channel(open_channel(1)), "Connection.Close", CLOSE_OK],
    "method after a hard error": [
        *on_channel(open_channel(1)),
        "Connection.Close",
        method(1, Basic.Qos()) + CLOSE,
    ],
    "update-secret": on_channel(method(0, Connection.UpdateSecret("guest", "because"))),
}
# Where weir means to do otherwise than RabbitMQ 3.10 (docs/protocols/amqp.md).
MEANT = {
    "unknown mechanism": "a client that expects a close gets it",
    "broken response": "a client that expects a close gets it",
    "close during the handshake": "close-ok",
    "connection's method that can't be read": "501",
    "table that can't be read": "501",
    "properties that can't be read": "502",
    "unknown method": "503",
    "unknown method on channel 0": "503",
    "header of 0-8": "as RabbitMQ 4: no 0-8",
    "frame_max too high": "as RabbitMQ 4: 530",
    "frame_max of none": "as RabbitMQ 4: 530",
    "frame_max too low": "as RabbitMQ 4: 530",
    "channel_max too high": "as RabbitMQ 4: 530",
    "channel_max of none": "as RabbitMQ 4: 530",
    "body longer than announced": "as RabbitMQ 4: 501",
    "body beyond all limits": "as RabbitMQ 4: 501",
}
