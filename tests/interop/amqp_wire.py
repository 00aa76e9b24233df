"""A raw AMQP client for tests: any bytes on a socket, and what comes back as text, by pika's codec."""

import re
import socket
import time

import pika.frame
import pika.spec

HEADER = b"AMQP\x00\x00\x09\x01"
CAPABLE = {"capabilities": {"authentication_failure_close": True, "connection.blocked": True}}
# What differs from broker to broker, and is not compared.
HIDDEN = {"server_properties", "mechanisms"}
WRAPPED = re.compile(r"\n +")  # how RabbitMQ breaks long Erlang terms


def method(channel, spec):
    return pika.frame.Method(channel, spec).marshal()


def raw_frame(kind, channel, payload, end=0xCE):
    return (
        bytes([kind]) + channel.to_bytes(2, "big") + len(payload).to_bytes(4, "big") + payload + bytes([end])
    )


def header(channel, size, class_id=60, weight=0, properties=b"\0\0"):
    numbers = class_id.to_bytes(2, "big") + weight.to_bytes(2, "big") + size.to_bytes(8, "big")
    return raw_frame(2, channel, numbers + properties)


def publish(channel, body=b"", key="nowhere"):
    frames = method(channel, pika.spec.Basic.Publish(exchange="amq.direct", routing_key=key))
    frames += header(channel, len(body))
    return frames + (raw_frame(3, channel, body) if body else b"")


def start_ok(user="guest", password="guest", mechanism="PLAIN", response=None, properties=CAPABLE):
    if response is None:
        response = f"\0{user}\0{password}"
    return method(0, pika.spec.Connection.StartOk(properties, mechanism, response, "en_US"))


def tune_ok(channel_max=2047, frame_max=131072, heartbeat=0):
    return method(0, pika.spec.Connection.TuneOk(channel_max, frame_max, heartbeat))


def open_host(virtual_host="/"):
    return method(0, pika.spec.Connection.Open(virtual_host))


def open_channel(channel):
    return method(channel, pika.spec.Channel.Open())


def connected(**tuning):
    """All that a client sends until it has channel 1."""
    return HEADER + start_ok() + tune_ok(**tuning) + open_host() + open_channel(1)


def text_of(frame):
    if isinstance(frame, pika.frame.ProtocolHeader):
        return f"protocol header {frame.major}.{frame.minor}.{frame.revision}"
    if isinstance(frame, pika.frame.Heartbeat):
        return "heartbeat"
    if not isinstance(frame, pika.frame.Method):
        return f"{frame.channel_number} {type(frame).__name__}"
    fields = {k: v for k, v in vars(frame.method).items() if k not in HIDDEN}
    if "reply_text" in fields:
        fields["reply_text"] = WRAPPED.sub("", fields["reply_text"])
    return f"{frame.channel_number} {frame.method.NAME} {fields}"


def frames_in(data):
    while data:
        size, frame = pika.frame.decode_frame(data)
        if frame is None:
            yield f"raw {data.hex()}"
            return
        yield text_of(frame)
        data = data[size:]


def transcript(address, script, quiet_s):
    """What a server says to a script of bytes, and whether it has closed once it is quiet for so long.

    A script is bytes, or a list of bytes and of names of methods to wait for.
    """
    with socket.create_connection(address, timeout=10) as connection:
        data, closed = b"", False
        for step in script if isinstance(script, list) else [script]:
            if isinstance(step, bytes):
                connection.sendall(step)
            else:
                data, closed = listen(connection, data, 10, lambda said: any(step in line for line in said))
        if not closed:
            data, closed = listen(connection, data, quiet_s, lambda said: False)
    return [*frames_in(data), "closed" if closed else "open"]


def listen(connection, data, limit_s, enough):
    """Reads until the server closes, says enough, or says nothing for so long."""
    end = time.monotonic() + limit_s
    while (left := end - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            part = connection.recv(65536)
        except TimeoutError:
            break
        except ConnectionResetError:
            return data, True
        if not part:
            return data, True
        data += part
        end = time.monotonic() + limit_s
        if enough(list(frames_in(data))):
            break
    return data, False
