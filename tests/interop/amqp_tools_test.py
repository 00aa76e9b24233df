"""librabbitmq's command-line tools (Debian's amqp-tools): declare, publish, get, consume, delete."""

import subprocess

import broker
import toolchain
from processes import Reader, output, run, wait_until
from scenario import check, equal

TOOLS = ["amqp-declare-queue", "amqp-publish", "amqp-get", "amqp-consume", "amqp-delete-queue"]
MESSAGES = 20
LARGE_BYTES = 400_000  # several frames


class Tools:
    def __init__(self, weir):
        self.url = "amqp://guest:guest@{}:{}".format(*weir.amqp)

    def command(self, tool, *arguments):
        return [tool, "--url", self.url, *arguments]

    def run(self, tool, *arguments, input_bytes=b"", status=0):
        return run(self.command(tool, *arguments), input_bytes, status)

    def publish(self, queue, body, *options):
        self.run("amqp-publish", "-r", queue, *options, input_bytes=body)

    def get(self, queue):
        """The next message, or None."""
        result = subprocess.run(self.command("amqp-get", "-q", queue), capture_output=True, timeout=60)
        check(result.returncode in (0, 2), f"amqp-get: status {result.returncode}, {result.stderr!r}")
        return result.stdout if result.returncode == 0 else None


def one_by_one(tools):
    equal(tools.run("amqp-declare-queue", "-q", "t", "-d").strip(), b"t", "the declared queue")
    equal(tools.get("t"), None, "of an empty queue")
    tools.publish("t", b"first", "-p", "-C", "text/plain")
    tools.publish("t", bytes(range(256)) * (LARGE_BYTES // 256))
    equal(tools.get("t"), b"first", "the first message")
    check(tools.get("t") == bytes(range(256)) * (LARGE_BYTES // 256), "the large message, whole")
    text = output(tools.command("amqp-declare-queue", "-q", "t"))
    check("PRECONDITION_FAILED" in text, f"another kind of queue: {text}")
    text = output(tools.command("amqp-get", "-q", "none"))
    check("NOT_FOUND" in text, f"a queue that is not there: {text}")


def consumer(tools):
    for number in range(MESSAGES):
        tools.publish("t", b"%d\n" % number)
    arguments = ["-q", "t", "-c", str(MESSAGES), "-p", "5", "cat"]
    got = tools.run("amqp-consume", *arguments)
    equal(got.split(), [b"%d" % n for n in range(MESSAGES)], "what the consumer got")


def exchange(tools):
    reader = Reader(tools.command("amqp-consume", "-e", "amq.topic", "-r", "news.#", "-c", "2", "cat"))
    sent = 0

    def has_come():
        nonlocal sent
        sent += 1  # again until the consumer's queue is bound
        tools.run("amqp-publish", "-e", "amq.topic", "-r", "news.today", input_bytes=b"%d\n" % sent)
        return len(reader.lines) >= 2

    wait_until("two messages", has_come, [reader])
    equal(reader.process.wait(60), 0, "the consumer's exit status")


def deleted(tools):
    tools.publish("t", b"left")
    equal(tools.run("amqp-delete-queue", "-q", "t").strip(), b"1", "messages of the deleted queue")
    text = output(tools.command("amqp-get", "-q", "t"))
    check("NOT_FOUND" in text, f"a queue that was deleted: {text}")


def main():
    for tool in TOOLS:
        toolchain.need(tool)
    with broker.Weir("--amqp-listen", "127.0.0.1:0") as weir:
        tools = Tools(weir)
        one_by_one(tools)
        consumer(tools)
        exchange(tools)
        deleted(tools)


if __name__ == "__main__":
    main()
