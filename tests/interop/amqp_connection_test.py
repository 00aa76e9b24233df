"""AMQP connections and channels with pika and with raw bytes, against the echo server and RabbitMQ.

WEIR_AMQP_RABBITMQ=HOST:PORT names a running RabbitMQ: then every script of bytes is played to both, and what
they say compared. Without it the scripts are only checked against what RabbitMQ 3.10.8 has said.
"""

import concurrent.futures
import contextlib
import json
import os
import subprocess
import sys

import toolchain

if "pika" not in os.environ.get("WEIR_IN_VENV", ""):
    program = toolchain.python()
    os.execve(program, [program, *sys.argv], dict(os.environ, WEIR_IN_VENV="pika"))

import pika
import pika.exceptions

from amqp_scripts import MEANT, SCRIPTS
from amqp_wire import transcript
from scenario import check, equal

SILENT_CLOSE_S = 3.5  # longer than a server may wait before it closes without a word
RECORD = os.path.join(os.path.dirname(os.path.realpath(__file__)), "amqp", "rabbitmq.json")


@contextlib.contextmanager
def echo_server():
    folder = os.path.dirname(os.environ.get("WEIR_BINARY", "build/release/weir"))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([os.path.join(folder, "amqp_echo_server")], **pipes) as process:
        yield "127.0.0.1", int(process.stdout.readline().split()[1])
        process.stdin.close()
        equal(process.wait(30), 0, "the echo server's exit status")


def play(address):
    """What a server says to each script, all of them at once."""
    with concurrent.futures.ThreadPoolExecutor(len(SCRIPTS)) as pool:
        said = pool.map(lambda script: transcript(address, script, SILENT_CLOSE_S), SCRIPTS.values())
        return dict(zip(SCRIPTS, said))


def rabbitmq_said():
    """What RabbitMQ says to the scripts: the one that runs, or 3.10.8 as recorded."""
    running = os.environ.get("WEIR_AMQP_RABBITMQ")
    if running is None:
        with open(RECORD, encoding="utf-8") as file:
            return json.load(file)
    host, port = running.rsplit(":", 1)
    said = play((host, int(port)))
    if "WEIR_AMQP_RECORD" in os.environ:
        with open(RECORD, "w", encoding="utf-8") as file:
            json.dump(said, file, indent=1)
            file.write("\n")
    return said


def compare(ours, theirs):
    """Prints where the two differ; a difference that is not meant is a failure."""
    equal(list(theirs), list(SCRIPTS), "the scripts that RabbitMQ was asked")
    unmeant = 0
    for name in SCRIPTS:
        if ours[name] == theirs[name]:
            check(name not in MEANT, f"{name}: no difference where one is meant")
            continue
        print(f"{name}: {MEANT.get(name, 'NOT MEANT')}\n  weir:     {ours[name]}\n  RabbitMQ: {theirs[name]}")
        unmeant += name not in MEANT
    print(f"{len(SCRIPTS)} scripts, {len(MEANT)} differences meant, {unmeant} not")
    equal(unmeant, 0, "differences that are not meant")


def parameters(address, **options):
    options.setdefault("credentials", pika.PlainCredentials("guest", "guest"))
    return pika.ConnectionParameters(*address, socket_timeout=10, **options)


def fails(error, address, **options):
    try:
        pika.BlockingConnection(parameters(address, **options))
    except error:
        return
    check(False, f"{options}: no {error.__name__}")


def with_pika(address):
    """pika connects, is refused, echoes bodies of every size, and closes."""
    fails(
        pika.exceptions.ProbableAuthenticationError, address, credentials=pika.PlainCredentials("guest", "x")
    )
    fails(pika.exceptions.ProbableAccessDeniedError, address, virtual_host="none")
    connection = pika.BlockingConnection(
        parameters(address, heartbeat=1, client_properties={"connection_name": "t"})
    )
    channel = connection.channel()
    channel.confirm_delivery()
    got = []
    channel.basic_consume(
        "echo", lambda _c, _m, properties, body: got.append((properties, body)), auto_ack=True
    )
    properties = pika.BasicProperties(
        headers={"text": "t", "number": -5, "table": {"list": [1, None, True]}},
        delivery_mode=2,
        message_id="m",
    )
    bodies = [b"", b"x", b"y" * 131064, b"z" * 131065, os.urandom(1_000_000)]
    for body in bodies:
        channel.basic_publish("", "echo", body, properties)
    while len(got) < len(bodies):
        connection.process_data_events(time_limit=10)
    equal([body for _, body in got], bodies, "bodies that came back")
    check(all(vars(p) == vars(properties) for p, _ in got), "properties that came back")
    connection.process_data_events(time_limit=3)  # heartbeats of a second
    check(connection.is_open, "the connection is alive after three heartbeats")
    missing = connection.channel()
    try:
        missing.queue_declare("none", passive=True)
        check(False, "a missing queue was found")
    except pika.exceptions.ChannelClosedByBroker as error:
        equal(
            (error.reply_code, error.reply_text),
            (404, "NOT_FOUND - no queue 'none' in vhost '/'"),
            "the error",
        )
    others = [connection.channel() for _ in range(100)]
    for one in others:
        one.close()
    connection.close()


def main():
    with echo_server() as address:
        with_pika(address)
        compare(play(address), rabbitmq_said())
        with_pika(address)


if __name__ == "__main__":
    main()
