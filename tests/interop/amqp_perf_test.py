"""RabbitMQ's PerfTest against weir: a producer with a consumer, a queue filled and emptied, fan-out."""

import re

import broker
import toolchain
from processes import run
from scenario import check

MESSAGES = 5000


def perf_test(command, weir, *arguments):
    """What it says at its end: {"sending": rate, "receiving": rate} in messages a second."""
    url = "amqp://guest:guest@{}:{}".format(*weir.amqp)
    said = run([*command, "--uri", url, "--interval", "1", *arguments], limit_s=120).decode()
    rates = dict(re.findall(r"(sending|receiving) rate avg: (\d+) msg/s", said))
    check(set(rates) == {"sending", "receiving"}, f"PerfTest said\n{said[-2000:]}")
    return {name: int(rate) for name, rate in rates.items()}


def main():
    command = toolchain.perf_test()
    count = str(MESSAGES)
    with broker.Weir("--amqp-listen", "127.0.0.1:0") as weir:
        persistent = ["--flag", "persistent", "--size", "1024", "--auto-delete", "false"]
        rates = perf_test(command, weir, "--queue", "both", "--pmessages", count, "--cmessages", count,
                          "--confirm", "1000", "--qos", "500", *persistent)  # fmt: skip
        check(rates["receiving"] > 0, f"nothing was received: {rates}")
        perf_test(command, weir, "--queue", "filled", "--consumers", "0", "--pmessages", count,
                  "--confirm", "1000", *persistent)  # fmt: skip
        rates = perf_test(command, weir, "--queue", "filled", "--producers", "0", "--cmessages", count,
                          "--multi-ack-every", "100", "--qos", "1000", *persistent)  # fmt: skip
        check(rates["receiving"] > 0, f"nothing was received: {rates}")
        perf_test(command, weir, "--queue-pattern", "fan-%d", "--queue-pattern-from", "1",
                  "--queue-pattern-to", "10", "--exchange", "fans", "--type", "fanout", "--consumers", "10",
                  "--producers", "1", "--pmessages", "500", "--cmessages", "500")  # fmt: skip


if __name__ == "__main__":
    main()
