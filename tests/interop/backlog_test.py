"""docs/operating/backlog.md: its commands as they stand there, and what they say where they can't do it."""

import os
import sys

import toolchain

if "pika" not in os.environ.get("WEIR_IN_VENV", ""):
    program = toolchain.python()
    os.execve(program, [program, *sys.argv], dict(os.environ, WEIR_IN_VENV="pika"))

import json
import shutil

import broker
import pika
from documented import Page
from scenario import check, equal, until

LIMIT_S = 30


def connected(weir):
    return pika.BlockingConnection(pika.ConnectionParameters(*weir.amqp))


def publish(weir, queue, bodies, **properties):
    with connected(weir) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for body in bodies:
            channel.basic_publish("", queue, body.encode(), pika.BasicProperties(**properties))


def queues(page):
    return {one["name"]: one for one in json.loads(page.run("weir queue list --json"))}


def ready(page, queue):
    return queues(page)[queue]["messages_ready"]


def lag(page, group):
    """None: the group is not there yet."""
    described = json.loads(page.run(f"weir group describe {group} --json 2> /dev/null || echo '[]'"))
    return sum(partition["lag"] for partition in described[0]["partitions"]) if described else None


def taken(weir, queue):
    """All that is ready, in order."""
    out = []
    with connected(weir) as connection:
        channel = connection.channel()
        while True:
            method, properties, body = channel.basic_get(queue, auto_ack=True)
            if method is None:
                return out
            out.append((properties, method, body.decode()))


def numbered(word, count):
    return [f"{word}{n}" for n in range(count)]


def many_consumers(weir, page):
    page.run("weir queue create orders")
    publish(weir, "orders", numbered("order", 200))
    check("orders" in page.next(), "the list")
    until("all are done", LIMIT_S, lambda: ready(page, "orders") == 0 and len(page.file("done")) == 200)
    equal(sorted(page.file("done")), sorted(numbered("order", 200)), "each once")
    page.stop()
    os.remove(os.path.join(page.directory.name, "done"))


def more_than_partitions(weir, page):
    """A group reads a third; thirty workers read the rest; the group goes on with what came later."""
    page.run("weir topic create bills --partitions 3")
    lines = "".join(f"key{n % 7}:bill{n}\n" for n in range(300))
    page.run(f"weir produce bills -K: <<'END'\n{lines}END")
    group = "weir consume bills --group billing -f '%s\\n'"
    seen = page.run(f"{group} -c 100").splitlines()
    equal(len(seen), 100, "the group's share")
    said = page.next()
    check("lag in all:" in said and "billing.rest" in said, said)
    until("all are done", LIMIT_S, lambda: len(page.file("done")) == 200 and lag(page, "billing.rest") == 0)
    equal(sorted(seen + page.file("done")), sorted(numbered("bill", 300)), "each once")
    page.stop()
    page.run("weir produce bills -m late")
    refused = page.run("! weir subscription delete none")
    check("there is no queue 'none'" in refused, refused)
    page.next()
    equal(page.run(f"{group} -e").splitlines(), ["late"], "the group goes on")


def expired_and_back(weir, page):
    page.next()
    publish(weir, "jobs", numbered("job", 20), expiration="400")
    until("all have expired", LIMIT_S, lambda: ready(page, "jobs.expired") == 20)
    check("moved 20 messages from jobs.expired back" in page.next(), "the move")
    got = taken(weir, "jobs")
    equal([body for _, _, body in got], numbered("job", 20), "all are back, in order")
    for properties, method, _ in got:
        equal((method.exchange, method.routing_key), ("", "jobs"), "as they were published")
        equal(properties.expiration, None, "for good")
        equal(properties.headers["x-first-death-reason"], "expired", "what they tell")
        equal(properties.headers["x-death"][0]["queue"], "jobs", "of their death")
    equal(ready(page, "jobs.expired"), 0, "none is left")


def kept(weir, page):
    page.next()
    publish(weir, "kept", numbered("kept", 10))
    until("all have expired", LIMIT_S, lambda: ready(page, "kept") == 0)
    equal(page.next(), "put 10 messages of kept into again\n" * 2, "twice")
    equal([body for _, _, body in taken(weir, "again")], numbered("kept", 10) * 2, "in order")
    page.run("weir queue replay kept --to again --start 7 --count 2")
    equal([body for _, _, body in taken(weir, "again")], ["kept7", "kept8"], "some of them")


def topics(page):
    page.next()
    until("all of them", LIMIT_S, lambda: ready(page, "bills.again") == 301)
    equal(lag(page, "billing"), 301, "the group, too")


def refusals(weir, page):
    """One sentence each, that says what to do."""

    def says(command, status, words):
        printed = page.run(f'status=0; weir {command} || status=$?; test "$status" = {status}')
        check(words in printed, f"{command}: {printed}")

    page.run("""weir queue create stranded; weir queue create other
        weir queue create full --arguments '{"x-max-length": 2, "x-overflow": "reject-publish"}'
        weir queue create gone --arguments '{"x-dead-letter-exchange": "expired", "x-message-ttl": 1}'""")
    publish(weir, "stranded", numbered("m", 5))
    says("queue move stranded", 2, "--to QUEUE, --back")
    says("queue move stranded --to nowhere", 1, "there is no queue 'nowhere'")
    says("queue move stranded --to stranded", 1, "to itself")
    says("queue move nowhere --to other", 1, "there is no queue 'nowhere'")
    says("queue move stranded --to bills.again", 1, "is a subscription")
    says("queue move bills.again --to other", 1, "is a subscription")
    says("queue move stranded --back", 1, "5 stay in stranded")
    says("queue move stranded --to full", 1, "3 stay in stranded")
    equal([body for _, _, body in taken(weir, "full")], ["m0", "m1"], "what went")
    moved = page.run("weir queue move stranded --to other --count 2")
    equal(moved, "moved 2 messages from stranded to other\n", "some")
    equal([body for _, _, body in taken(weir, "stranded")], ["m4"], "what stays, in its place")
    publish(weir, "gone", ["lost"])
    until("its death", LIMIT_S, lambda: ready(page, "jobs.expired") == 1)
    page.run("weir queue delete gone")
    says("queue move jobs.expired --back", 1, "no queue is there that they died in first")
    says("queue replay other --to full", 1, "x-retention")
    says("queue replay kept --to again --start soon", 1, "start is an offset")
    says("queue replay kept --to nowhere", 1, "there is no queue 'nowhere'")
    says("subscription create s --topic bills --start 0:1:2", 1, "must be earliest, latest")
    says("subscription create s --topic bills --start 9:1", 1, "must be earliest, latest")
    says("subscription create s --topic bills --start-of-group nobody", 1, "has committed nothing")
    says("group reset billing --to-group nobody --topic bills", 1, "has committed nothing")


def main():
    if shutil.which("amqp-consume") is None:
        sys.exit(77)
    with broker.Weir("--amqp-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0",
                     "--group-initial-rebalance-delay-ms", "0") as weir:
        with Page("docs/operating/backlog.md", weir) as page:
            page.script("worker", "printf '%s\\n' \"$(cat)\" >> done")
            many_consumers(weir, page)
            more_than_partitions(weir, page)
            expired_and_back(weir, page)
            kept(weir, page)
            topics(page)
            refusals(weir, page)
            equal(page.blocks, [], "every command of the page has run")


if __name__ == "__main__":
    main()
