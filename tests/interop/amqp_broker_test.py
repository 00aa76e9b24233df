"""What the broker does to AMQP connections of its own accord, with pika: its end, low resources, TLS."""

import os
import signal
import ssl
import sys
import tempfile

import toolchain

if "pika" not in os.environ.get("WEIR_IN_VENV", ""):
    program = toolchain.python()
    os.execve(program, [program, *sys.argv], dict(os.environ, WEIR_IN_VENV="pika"))

import broker
import pika
import pika.exceptions
import self_signed
from scenario import check, equal

PATIENCE_S = 20


def connect(address, **options):
    credentials = pika.PlainCredentials("guest", "guest")
    return pika.BlockingConnection(
        pika.ConnectionParameters(*address, credentials=credentials, socket_timeout=10, **options)
    )


def an_orderly_stop(weir):
    connection = connect(weir.amqp)
    connection.channel().queue_declare("q")
    weir.process.send_signal(signal.SIGTERM)
    try:
        while True:
            connection.process_data_events(time_limit=PATIENCE_S)
    except pika.exceptions.ConnectionClosedByBroker as error:
        equal(
            (error.reply_code, error.reply_text),
            (320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"),
            "what the client is told",
        )
    equal(weir.wait_for_end(), 0, "weir's exit status")


def a_full_disk():
    """The limit is beyond any disk: who publishes is told and waits, who does not is served."""
    with broker.Weir("--amqp-listen", "127.0.0.1:0", "--amqp-disk-free-limit-bytes", "1000000GiB") as weir:
        blocked = []
        connection = connect(weir.amqp)
        connection.add_on_connection_blocked_callback(lambda _connection, frame: blocked.append(frame))
        channel = connection.channel()
        channel.queue_declare("q")
        channel.basic_publish("", "q", b"m")
        connection.process_data_events(time_limit=PATIENCE_S)
        equal([frame.method.reason for frame in blocked], ["low on disk"], "what the publisher is told")
        with connect(weir.amqp) as other:
            found = other.channel().queue_declare("q", passive=True).method
            equal(found.message_count, 0, "who does not publish is served; what is published waits")


def settings_and_tls():
    with tempfile.TemporaryDirectory(prefix="weir-interop-") as folder:
        certificate, key = self_signed.make(folder)
        options = ["--amqp-listen", "127.0.0.1:0", "--amqp-tls-listen", "127.0.0.1:0"]
        options += ["--amqp-certificate", certificate, "--amqp-key", key]
        options += ["--amqp-channel-max", "5", "--amqp-frame-max-bytes", "16KiB", "--amqp-heartbeat-s", "7"]
        options += ["--amqp-max-message-bytes", "1KiB"]
        with broker.Weir(*options) as weir:
            context = ssl.create_default_context(cafile=certificate)
            check(weir.amqp_tls is not None, "weir says where it listens for TLS")
            connection = connect(weir.amqp_tls, ssl_options=pika.SSLOptions(context, "localhost"))
            agreed = connection._impl.params
            chosen = (agreed.channel_max, agreed.frame_max, agreed.heartbeat)
            equal(chosen, (5, 16384, 7), "what was agreed on")
            channel = connection.channel()
            channel.queue_declare("q")
            channel.basic_publish("", "q", b"by tls")
            equal(channel.basic_get("q", auto_ack=True)[2], b"by tls", "a message")
            channel.basic_publish("", "q", b"x" * 1025)
            try:
                channel.queue_declare("q", passive=True)
                check(False, "a message that is too large was taken")
            except pika.exceptions.ChannelClosedByBroker as error:
                text = "PRECONDITION_FAILED - message size 1025 is larger than configured max size 1024"
                equal(error.reply_text, text, "the error")
            connection.close()


def a_message_larger_than_a_segment(weir):
    """RabbitMQ's largest message, and one more byte; it survives a kill, and its queue serves others."""
    largest = 128 << 20
    connection = connect(weir.amqp)
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare("large", durable=True)
    body = bytes(range(256)) * (largest // 256)
    for one in (b"before", body, b"after"):
        channel.basic_publish("", "large", one)
    weir.restart()
    connection = connect(weir.amqp)
    channel = connection.channel()
    found = [channel.basic_get("large", auto_ack=True)[2] for _ in range(3)]
    equal([len(one) for one in found], [6, largest, 5], "the sizes")
    check(found[1] == body, "the content")
    try:
        channel.basic_publish("", "large", body + b"x")
        connection.process_data_events(time_limit=PATIENCE_S)
        channel.queue_declare("large", passive=True)
        check(False, "more is refused")
    except pika.exceptions.ChannelClosedByBroker as error:
        equal(error.reply_code, 406, "the code")
    except pika.exceptions.ChannelWrongStateError:  # it was told while it still sent
        equal(channel._closing_reason.reply_code, 406, "the code")
    connection.close()


def main():
    with broker.Weir("--amqp-listen", "127.0.0.1:0") as weir:
        a_message_larger_than_a_segment(weir)
        an_orderly_stop(weir)
    a_full_disk()
    settings_and_tls()


if __name__ == "__main__":
    main()
