"""Plays operations to an AMQP server over raw connections and writes down all that it says, by pika's codec.

What a server makes up (names, tokens) is masked, so that two servers' transcripts can be compared line by
line.
"""

import enum
import re
import socket
import time

import pika.exceptions
import pika.frame
import pika.spec

from amqp_wire import (
    CAPABLE,
    HEADER,
    WRAPPED,
    header,
    method,
    open_channel,
    open_host,
    raw_frame,
    start_ok,
    tune_ok,
)

LIMIT_S = 10  # for an answer
POLL_S = 0.02
MADE_UP = [
    (re.compile(r"amq\.gen-[A-Za-z0-9_-]{22}"), "amq.gen-*"),
    (re.compile(r"amq\.ctag-[A-Za-z0-9_-]{22}"), "amq.ctag-*"),
    (re.compile(r"amq\.rabbitmq\.reply-to\.[^\s'\"]+"), "amq.rabbitmq.reply-to.*"),
    (re.compile(r"datetime\.datetime\([^)]*\)"), "a time"),
]
ABLE = {"capabilities": {**CAPABLE["capabilities"], "consumer_cancel_notify": True}}
CONTENT = ("Basic.Deliver", "Basic.GetOk", "Basic.Return")
REPLIES = {"Basic.Get": {"Basic.GetOk", "Basic.GetEmpty"}}
ENDS = {"Channel.Close", "Connection.Close"}
UNSPOKEN = {"ticket", "nowait"}  # fields that are not worth a word in a transcript


def masked(text):
    for pattern, name in MADE_UP:
        text = pattern.sub(name, text)
    return text


def fields_of(spec, hidden=frozenset()):
    found = {k: v for k, v in vars(spec).items() if k not in hidden and v not in (None, "", False, 0, {})}
    if "reply_text" in found:
        found["reply_text"] = WRAPPED.sub("", found["reply_text"])
    if found.get("passive") and isinstance(found.get("type"), enum.Enum):
        del found["type"]  # not the scenario's choice
    return " ".join([spec.NAME, *(f"{k}={v!r}" for k, v in found.items())])


def sorted_tables(value):
    if isinstance(value, dict):
        return {key: sorted_tables(value[key]) for key in sorted(value)}
    return [sorted_tables(one) for one in value] if isinstance(value, list) else value


def properties_of(properties):
    found = {k: v for k, v in vars(properties).items() if v is not None}
    if "x-death" in found.get("headers", {}):  # by the server, in an order of its own
        found["headers"] = sorted_tables(found["headers"])
    return " ".join(f"{k}={v!r}" for k, v in sorted(found.items()))


class Answer:
    """A method that came, with its content if it has one."""

    def __init__(self, frame):
        self.channel, self.spec, self.name = frame.channel_number, frame.method, frame.method.NAME
        self.properties, self.size, self.body = None, None, b""

    def is_whole(self):
        return self.name not in CONTENT or (self.size is not None and len(self.body) == self.size)

    def add(self, frame):
        if isinstance(frame, pika.frame.Header):
            self.properties, self.size = frame.properties, frame.body_size
        else:
            self.body += frame.fragment

    def text(self):
        parts = [str(self.channel), fields_of(self.spec)]
        if self.name in CONTENT:
            parts += [properties_of(self.properties), repr(self.body)]
        return masked(" ".join(part for part in parts if part))


class Client:
    """One connection with its channels. An error that ends a channel or the connection is written down, and
    both are opened anew."""

    def __init__(self, play, name, user="guest", password=None, host="/", properties=None):
        self.play, self.name, self.host = play, name, host
        self.user, self.password = user, password or user
        self.properties = ABLE if properties is None else properties
        self.open()

    def open(self):
        self.socket = socket.create_connection(self.play.address, timeout=LIMIT_S)
        self.data, self.partial, self.early = b"", {}, {}
        login = start_ok(self.user, self.password, properties=self.properties)
        self.socket.sendall(HEADER + login + tune_ok() + open_host(self.host))
        self.opened = self.read_until({"Connection.OpenOk"}, 0)
        self.is_open = self.opened is not None and self.opened.name == "Connection.OpenOk"
        self.channels = set()

    # ---- what comes

    def next_frame(self, limit_s):
        """The next whole frame; None if none comes or the server closes."""
        end = time.monotonic() + limit_s
        while True:
            size, frame = pika.frame.decode_frame(self.data)
            if frame is not None:
                self.data = self.data[size:]
                return frame
            self.socket.settimeout(max(end - time.monotonic(), 0.001))
            try:
                part = self.socket.recv(65536)
            except (TimeoutError, ConnectionResetError):
                return None
            if not part:
                return None
            self.data += part

    def next_answer(self, limit_s=LIMIT_S):
        while frame := self.next_frame(limit_s):
            if isinstance(frame, pika.frame.Heartbeat):
                continue
            if isinstance(frame, pika.frame.Method):
                answer = self.partial[frame.channel_number] = Answer(frame)
            else:
                answer = self.partial[frame.channel_number]
                answer.add(frame)
            if answer.is_whole():
                return answer
        return None

    def read_until(self, names, channel, keep=lambda answer: None):
        """The first answer of these names, or that ends the channel; what comes on it before goes to `keep`.

        What comes on other channels waits for its turn: servers serve channels side by side.
        """
        waiting = self.early.setdefault(channel, [])
        while answer := waiting.pop(0) if waiting else self.next_answer():
            if answer.channel == 0 and answer.name == "Connection.Close":
                return answer
            if answer.channel != channel:
                self.early.setdefault(answer.channel, []).append(answer)
            elif answer.name in names | ENDS:
                return answer
            else:
                keep(answer)
        return None

    # ---- what is written down

    def note(self, text):
        self.play.lines.append(f"{self.name} {text}")

    def note_answer(self, answer):
        self.note("silence" if answer is None else answer.text())

    def end(self, answer):
        """Answers a close, and opens what has ended anew."""
        if answer is None or answer.name == "Connection.Close":
            if answer is not None:
                self.socket.sendall(method(0, pika.spec.Connection.CloseOk()))
            self.socket.close()
            self.open()
        else:
            self.socket.sendall(method(answer.channel, pika.spec.Channel.CloseOk()))
            self.channels.discard(answer.channel)

    # ---- what is sent

    def use(self, channel):
        """Opens the channel if it is not open yet; whether that went well."""
        if channel in self.channels:
            return True
        self.socket.sendall(open_channel(channel))
        answer = self.read_until({"Channel.OpenOk"}, channel, self.note_answer)
        if answer is None or answer.name != "Channel.OpenOk":
            self.note_answer(answer)
            self.end(answer)
            return False
        self.channels.add(channel)
        return True

    def send(self, spec, channel=1):
        if not self.use(channel):
            return False
        self.note(masked(f"{channel}> {fields_of(spec, UNSPOKEN)}"))
        self.play.declared(spec)
        self.socket.sendall(method(channel, spec))
        return True

    def do(self, spec, channel=1):
        """Sends a method and waits for its answer; returns that."""
        if not self.send(spec, channel):
            return None
        return self.wait(REPLIES.get(spec.NAME, {spec.NAME + "Ok"}), channel)

    def wait(self, names, channel=1):
        answer = self.read_until(names, channel, self.note_answer)
        self.note_answer(answer)
        if answer is None or answer.name in ENDS:
            self.end(answer)
        return answer

    def publish(self, exchange, key, body=b"m", channel=1, flags=None, **properties):
        flags = flags or {}
        self.use(channel)
        told = " ".join([*flags, *(f"{k}={v!r}" for k, v in properties.items())])
        self.note(masked(f"{channel}> publish {exchange!r} {key!r} {body!r} {told}".rstrip()))
        frames = method(channel, pika.spec.Basic.Publish(exchange=exchange, routing_key=key, **flags))
        encoded = b"".join(pika.spec.BasicProperties(**properties).encode())
        frames += header(channel, len(body), properties=encoded)
        self.socket.sendall(frames + (raw_frame(3, channel, body) if body else b""))

    def sync(self, channel=1):
        """Waits until all that was sent on the channel has been looked at, and writes down what came."""
        self.use(channel)
        self.socket.sendall(method(channel, pika.spec.Channel.Flow(True)))
        answer = self.read_until({"Channel.FlowOk"}, channel, self.note_answer)
        if answer is None or answer.name in ENDS:
            self.note_answer(answer)
            self.end(answer)

    def expect(self, name, count=1, channel=1):
        """Waits for so many of these, which nothing has asked for."""
        return [self.wait({name}, channel) for _ in range(count)]

    def gather(self, names, channel=1):
        """Waits for one of each of these, in whichever order they come."""
        answers = []
        while names and (answer := self.read_until(names, channel, self.note_answer)):
            answers.append(answer)
            names = names - {answer.name} - (names if answer.name in ENDS else set())
        for answer in sorted(answers, key=lambda one: one.name):
            self.note_answer(answer)

    def confirms(self, first, last, channel=1):
        """Waits until these publishes are confirmed. How a server puts them together is its own affair."""
        waiting, refused = set(range(first, last + 1)), set()
        while waiting:
            answer = self.read_until({"Basic.Ack", "Basic.Nack"}, channel, self.note_answer)
            if answer is None or answer.name in ENDS:
                self.note_answer(answer)
                self.end(answer)
                return
            tag = answer.spec.delivery_tag
            settled = {n for n in waiting if n <= tag} if answer.spec.multiple else {tag}
            if not settled <= waiting or tag not in waiting:
                self.note(f"confirmed twice: {tag}")
            waiting -= settled
            refused |= settled if answer.name == "Basic.Nack" else set()
        but = f", refused {sorted(refused)}" if refused else ""
        self.note(f"{channel} confirmed {first} to {last}{but}")

    def ready(self, queue, count, channel=9):
        """Waits until so many messages are ready in the queue; writes down how many there are."""
        self.use(channel)
        end = time.monotonic() + LIMIT_S
        while True:
            self.socket.sendall(method(channel, pika.spec.Queue.Declare(queue=queue, passive=True)))
            answer = self.read_until({"Queue.DeclareOk"}, channel, self.note_answer)
            found = answer.spec.message_count if answer and answer.name == "Queue.DeclareOk" else None
            if found == count or found is None or time.monotonic() > end:
                break
            time.sleep(POLL_S)
        self.note(f"{queue} has {found}")
        if found is None:
            self.end(answer)

    def close(self):
        """Closes the connection in order; what comes before the answer is written down."""
        if self.is_open:
            self.socket.sendall(method(0, pika.spec.Connection.Close(200, "bye", 0, 0)))
            answer = self.read_until({"Connection.CloseOk"}, 0, self.note_answer)
            if answer is None or answer.name != "Connection.CloseOk":
                self.note_answer(answer)
        self.socket.close()
        self.is_open = False
        for channel in sorted(self.early):
            for answer in self.early[channel]:
                self.note_answer(answer)

    def drop(self):
        """The connection is gone without a word."""
        self.socket.close()
        self.is_open = False


class Play:
    """One scenario against one server."""

    def __init__(self, address, scenario):
        self.address, self.prefix = address, scenario.__name__
        self.lines, self.clients, self.leftovers = [], [], []

    def name(self, short):
        return f"{self.prefix}.{short}"

    def connect(self, name="a", **options):
        client = Client(self, name, **options)
        self.clients.append(client)
        if not client.is_open:
            client.note_answer(client.opened)
        return client

    def declared(self, spec):
        if spec.NAME == "Queue.Declare" and spec.queue.startswith(self.prefix):
            self.leftovers.append(pika.spec.Queue.Delete(queue=spec.queue))
        if spec.NAME == "Exchange.Declare" and spec.exchange.startswith(self.prefix):
            self.leftovers.append(pika.spec.Exchange.Delete(exchange=spec.exchange))

    def close(self):
        """What the scenario has left goes, so that it can be played once more."""
        for client in self.clients:
            client.close()
        said = list(self.lines)
        janitor = Client(self, "janitor")
        for spec in list(self.leftovers):
            janitor.do(spec)
        janitor.close()
        self.lines = said


def transcript(address, scenario):
    """What the server says to a scenario."""
    play = Play(address, scenario)
    scenario(play)
    play.close()
    return play.lines
