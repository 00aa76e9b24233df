"""weir's commands about virtual hosts, users, queues and definitions; rabbitmqctl by both of its names."""

import json
import os
import re
import subprocess
import sys

import toolchain

if "pika" not in os.environ.get("WEIR_IN_VENV", ""):
    program = toolchain.python()
    os.execve(program, [program, *sys.argv], dict(os.environ, WEIR_IN_VENV="pika"))

import broker
import pika
import pika.exceptions
from scenario import check, equal, until

LIMIT_S = 20


class Commands:
    """Runs weir, or rabbitmqctl by a symbolic link to it."""

    def __init__(self, weir):
        self.binary = os.path.abspath(weir.binary)
        self.link = os.path.join(weir.directory.name, "rabbitmqctl")
        os.symlink(self.binary, self.link)
        self.environment = dict(os.environ, WEIR_HTTP="{}:{}".format(*weir.http))

    def run(self, *words, status=0, program=None):
        done = subprocess.run(
            [program or self.binary, *words],
            capture_output=True, text=True, env=self.environment, timeout=60, check=False,
        )
        equal(done.returncode, status, f"the status of {words}: {done.stdout} {done.stderr}")
        return done.stdout + done.stderr

    def ctl(self, *words, status=0):
        return self.run(*words, status=status, program=self.link)

    def json(self, *words):
        return json.loads(self.run(*words, "--json"))


def login(weir, user, password, host="/", name="a-b"):
    return pika.BlockingConnection(
        pika.ConnectionParameters(
            *weir.amqp,
            virtual_host=host,
            credentials=pika.PlainCredentials(user, password),
            client_properties={"connection_name": name},
        )
    )


def ended(connection):
    try:
        connection.process_data_events(0.05)
    except pika.exceptions.AMQPError:
        return True
    return False


def families(weir, commands):
    run = commands.run
    run("vhost", "create", "shop", "--description", "the shop")
    check("the shop" in run("vhost", "list"), "the virtual host")
    run("user", "create", "anna", "--new-password", "secret", "--tag", "monitoring")
    run("permission", "set", "anna", "--vhost", "shop", "--read", "^q")
    permissions = [p for p in commands.json("permission", "list") if p["user"] == "anna"]
    equal([(p["configure"], p["read"]) for p in permissions], [(".*", "^q")], "permissions")
    login(weir, "anna", "secret", "shop").close()
    run("user", "alter", "anna", "--new-password", "other")
    equal([u["tags"] for u in commands.json("user", "list") if u["name"] == "anna"], [["monitoring"]], "tags")
    login(weir, "anna", "other", "shop").close()
    run("exchange", "create", "e", "-p", "shop", "--type", "topic")
    run("queue", "create", "q", "-p", "shop", "--arguments", '{"x-max-length": 5}')
    run("queue", "create", "q", "-p", "shop", status=1)
    run("binding", "create", "e", "q", "-p", "shop", "--key", "a.#")
    bindings = [b for b in commands.json("binding", "list", "-p", "shop") if b["source"]]
    equal([(b["destination"], b["routing_key"]) for b in bindings], [("q", "a.#")], "bindings")
    run("policy", "set", "p", "^q", '{"message-ttl": 1000}', "-p", "shop", "--apply-to", "queues")
    check("message-ttl" in run("policy", "list", "-p", "shop"), "the policy")
    equal(commands.json("queue", "list", "-p", "shop")[0]["policy"], "p", "applies")
    path = os.path.join(weir.directory.name, "all.json")
    run("definitions", "export", path)
    run("policy", "clear", "p", "-p", "shop")
    run("binding", "delete", "e", "q", "-p", "shop", "--key", "a.#")
    run("binding", "delete", "e", "q", "-p", "shop", "--key", "a.#", status=1)
    run("queue", "purge", "q", "-p", "shop")
    run("queue", "delete", "q", "-p", "shop", "--if-empty")
    run("exchange", "delete", "e", "-p", "shop")
    check("imported all" in run("definitions", "import", path), "the import")
    equal(commands.json("queue", "list", "-p", "shop")[0]["policy"], "p", "it is all back")
    with open(path, "w") as file:
        json.dump({"queues": [{"name": "bad", "vhost": "none"}]}, file)
    check("bad" in run("definitions", "import", path, status=1), "what could not be imported")
    with open(path, "w") as file:
        mirrored = {"name": "ha", "vhost": "shop", "pattern": "", "definition": {"ha-mode": "all"}}
        json.dump({"policies": [mirrored]}, file)
    check("does nothing by ha-mode" in run("definitions", "import", path), "what is without effect")
    run("policy", "clear", "ha", "-p", "shop")
    run("permission", "clear", "anna", "-p", "shop")
    run("user", "delete", "anna")
    run("vhost", "delete", "shop")
    run("vhost", "delete", "shop", status=1)
    run("vhost", "list", "--http", "127.0.0.1:1", status=3)
    run("queue", "create", "q", "--arguments", "{", status=2)
    check("Login failed" in run("vhost", "list", "--password", "wrong", status=1), "who asks")


def rabbitmqctl_changes(weir, commands):
    ctl = commands.ctl
    ctl("await_startup")
    ctl("-q", "add_vhost", "v")
    ctl("add_user", "bert", "one")
    check("already exists" in ctl("add_user", "bert", "two", status=70), "twice")
    ctl("set_user_tags", "bert", "management", "policymaker")
    ctl("-n", "rabbit@host", "set_permissions", "-p", "v", "bert", ".*", ".*", ".*")
    ctl("change_password", "bert", "three")
    ctl("authenticate_user", "bert", "three")
    ctl("authenticate_user", "bert", "one", status=70)
    ctl("set_user_tags", "bert")
    ctl("authenticate_user", "bert", "three")
    ctl("set_policy", "-p", "v", "--priority", "2", "--apply-to", "queues", "p", "^q", '{"max-length": 3}')
    rows = ctl("-q", "list_policies", "-p", "v").splitlines()
    equal(rows[1].split("\t")[:3], ["v", "p", "^q"], "the policy")
    ctl("clear_policy", "-p", "v", "p")
    with login(weir, "bert", "three", "v") as connection:
        channel = connection.channel()
        channel.queue_declare("q")
        channel.queue_bind("q", "amq.topic", "k")
        channel.basic_publish("", "q", b"x")
        until("the message", LIMIT_S, lambda: "q\t1\tfalse" in ctl(
            "-s", "list_queues", "-p", "v", "name", "messages", "durable"
        ))
        ctl("trace_on", "-p", "v")
        channel.queue_bind(channel.queue_declare("").method.queue, "amq.rabbitmq.trace", "publish.amq.topic")
        channel.basic_publish("amq.topic", "k", b"y")
        traced = channel.basic_get("")[1]
        equal(traced.headers["routed_queues"], ["q"], "what passes by")
        ctl("trace_off", "-p", "v")
        ctl("trace_on", "-p", "nowhere", status=70)
        check("amq.topic\texchange\tq\tqueue\tk\t[]" in ctl("list_bindings", "-p", "v"), "bindings")
        check("amq.fanout\tfanout" in ctl("list_exchanges", "-p", "v"), "exchanges")
        channel.basic_consume("q", lambda *_: None, consumer_tag="t")
        until("the consumer", LIMIT_S, lambda: "\tt\ttrue\t" in ctl("list_consumers", "-p", "v"))
    path = os.path.join(weir.directory.name, "ctl.json")
    ctl("export_definitions", path)
    ctl("delete_user", "bert")
    ctl("import_definitions", path)
    ctl("authenticate_user", "bert", "three")
    ctl("import_definitions", path + ".none", status=70)
    ctl("set_parameter", "-p", "v", "shovel", "s", '{"src-uri": "amqp://", "dest-uri": "amqp://"}')
    check("shovel\ts\t" in ctl("list_parameters", "-p", "v"), "the parameter")
    ctl("clear_parameter", "-p", "v", "shovel", "s")
    ctl("set_parameter", "shovel", "s", "{", status=64)
    ctl("set_cluster_name", "weir")
    for words in (("eval", "1."), ("reset",)):
        check("Error" in ctl(*words, status=70), f"{words}")
    ctl("start_app")
    check("USER CONFIGURE" in ctl("set_permissions", "--help"), "the usage of a verb")
    ctl("no_such_verb", status=64)
    ctl("add_vhost", status=64)
    check("RabbitMQ version" in ctl("status"), "the status")
    status = commands.run("rabbitmqctl", "-q", "cluster_status")
    check("rabbit@weir-1\ttrue" in status, "as a command of weir's")
    ctl("clear_permissions", "-p", "v", "bert")
    ctl("delete_user", "bert")
    ctl("delete_vhost", "v")


def rabbitmqctl_connections(weir, commands):
    """As the Java client's tests list and close connections."""
    first, second = (login(weir, "guest", "guest", name=name) for name in ("first-1", "second-2"))
    found = {}
    for line in commands.ctl("list_connections", "-q", "pid", "peer_port", "client_properties").splitlines():
        pid, port, properties = line.split("\t")
        if port.isdigit():
            found[re.search(r'\{"connection_name","([a-zA-Z0-9-]+)"\}', properties)[1]] = pid
    equal(set(found), {"first-1", "second-2"}, "the connections")
    commands.ctl("close_connection", found["first-1"], "Closed by a test")
    until("its end", LIMIT_S, lambda: ended(first))
    check(not ended(second), "the other one goes on")
    commands.ctl("close_connection", found["first-1"], "again", status=70)
    commands.ctl("close_all_connections", "-p", "/", "all of them")
    until("the other's end", LIMIT_S, lambda: ended(second))


def refuses(weir):
    try:
        login(weir, "guest", "guest").close()
    except (pika.exceptions.AMQPError, OSError):
        return True
    return False


def door_closed_and_opened(weir, commands):
    """What is confirmed is there afterwards; what is not durable is gone, as after RabbitMQ's stop_app."""
    connection = login(weir, "guest", "guest")
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare("kept", durable=True)
    channel.queue_declare("transient")
    channel.queue_declare("own", exclusive=True, durable=True)
    channel.exchange_declare("fleeting", "fanout", durable=False)
    for number in range(200):
        channel.basic_publish("", "kept", str(number).encode())
    commands.ctl("stop_app")
    try:
        connection.process_data_events(LIMIT_S)
        check(False, "the connection ends")
    except pika.exceptions.ConnectionClosedByBroker as error:
        told = "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"
        equal((error.reply_code, error.reply_text), (320, told), "what the client is told")
    check(refuses(weir), "the door is closed")
    check("protocol: amqp" not in commands.ctl("status"), "no listener of that name")
    commands.ctl("stop_app")
    commands.ctl("start_app")
    commands.ctl("start_app")
    names = {row.split("\t")[0] for row in commands.ctl("-s", "list_queues", "name").splitlines()}
    equal(names, {"kept", "events"}, "the queues, and the topic, that are left")
    check("fleeting" not in commands.ctl("-s", "list_exchanges"), "nor the exchange")
    with login(weir, "guest", "guest") as again:
        channel = again.channel()
        channel.queue_declare("transient", durable=True)
        bodies = [channel.basic_get("kept", auto_ack=True)[2] for _ in range(200)]
        equal(bodies, [str(number).encode() for number in range(200)], "the messages")
        channel.queue_delete("kept")
        channel.queue_delete("transient")


def alarms(weir, commands):
    """Set and cleared as clients' tests do it; overlapping ones, and the limits that cause them."""
    set_one = "rabbit_alarm:set_alarm({{{{resource_limit, {}, node()}}, []}})."
    clear_one = "rabbit_alarm:clear_alarm({{resource_limit, {}, node()}})."
    told = []
    connection = login(weir, "guest", "guest")
    connection.add_on_connection_blocked_callback(lambda _, frame: told.append(frame.method.reason))
    connection.add_on_connection_unblocked_callback(lambda *_: told.append("unblocked"))
    channel = connection.channel()
    channel.queue_declare("q")

    def hears(*all_of_it):
        def heard():
            connection.process_data_events(0.05)
            return told == list(all_of_it)
        until(f"{all_of_it} is heard", LIMIT_S, heard)
        told.clear()

    commands.ctl("eval", set_one.format("memory"))
    channel.basic_publish("", "q", b"1")
    hears("low on memory")
    commands.ctl("eval", set_one.format("disk"))
    commands.ctl("eval", clear_one.format("memory"))
    with login(weir, "guest", "guest") as other:
        count = other.channel().queue_declare("q", passive=True).method.message_count
        equal(count, 0, "one alarm is left, and the message waits")
    commands.ctl("eval", clear_one.format("disk"))
    hears("unblocked")
    commands.ctl("set_vm_memory_high_watermark", "0.000000001")
    channel.basic_publish("", "q", b"2")
    hears("low on memory")
    commands.ctl("set_vm_memory_high_watermark", "absolute", "100GB")
    hears("unblocked")
    commands.ctl("set_disk_free_limit", "1000000GiB")
    channel.basic_publish("", "q", b"3")
    hears("low on disk")
    commands.ctl("set_disk_free_limit", "1MB")
    hears("unblocked")
    equal(channel.queue_delete("q").method.message_count, 3, "all of them came through")
    connection.close()
    commands.ctl("set_disk_free_limit", "much", status=64)
    commands.ctl("set_vm_memory_high_watermark", "absolute", status=64)


def channel_numbers(weir, commands):
    with login(weir, "guest", "guest") as before:
        commands.ctl("eval", "application:set_env(rabbit, channel_max, 17).")
        with login(weir, "guest", "guest") as after:
            most = [one._impl.params.channel_max for one in (before, after)]
    equal(most, [2047, 17], "those who connect later are told of it")
    commands.ctl("stop_app")
    commands.ctl("start_app")
    with login(weir, "guest", "guest") as connection:
        equal(connection._impl.params.channel_max, 2047, "what was set ends with the door")


def subscriptions(weir, commands):
    """A topic's records as a queue; how far it has come is told by both doors."""
    run = commands.run

    def found():
        return {one["name"]: one["subscription"] for one in commands.json("subscription", "list")}

    def take():
        got.append(channel.basic_get("workers"))
        return got[-1][0] is not None or not got.pop()

    with login(weir, "guest", "guest") as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("events", durable=True, arguments={"x-queue-type": "stream"})
        for n in range(10):
            channel.basic_publish("", "events", b"%d" % n)
        check("no subscriptions" in run("subscription", "list"), "none yet")
        run("subscription", "create", "workers", "--topic", "events", "--start", "earliest")
        run("subscription", "create", "workers", "--topic", "events", "--start", "earliest")
        create = ("subscription", "create")
        check("inequivalent" in run(*create, "workers", "--topic", "events", status=1), "another start")
        check("no topic" in run(*create, "w", "--topic", "none", status=1), "of no topic")
        run("queue", "create", "plain")
        until("the lag", LIMIT_S, lambda: found()["workers"]["lag"] == 10)
        equal(list(found()), ["workers"], "only subscriptions")
        got = []
        for _ in range(4):
            until("a record", LIMIT_S, take)
            channel.basic_ack(got[-1][0].delivery_tag)
        equal([body for _, _, body in got], [b"%d" % n for n in range(4)], "records")
        until("the lag", LIMIT_S, lambda: found()["workers"]["lag"] == 6)
    at = found()["workers"]
    equal((at["topic"], at["partitions"]), ("events", [{"partition": 0, "position": 4, "end": 10}]), "where")
    row = run("subscription", "list").splitlines()[1].split()
    equal(row, ["workers", "events", "4", "6", "6", "0", "0"], "as a table")
    (group,) = json.loads(run("group", "describe", "workers", "--bootstrap", weir.address, "--json"))
    equal([(p["committed"], p["lag"]) for p in group["partitions"]], [(4, 6)], "by the other door")
    check("weir queue" in run("subscription", "delete", "plain", status=2), "a queue")
    run("queue", "delete", "plain")
    run("subscription", "delete", "workers")
    check("no subscriptions" in run("subscription", "list"), "it is gone")


def main():
    with broker.Weir("--amqp-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0") as weir:
        commands = Commands(weir)
        families(weir, commands)
        subscriptions(weir, commands)
        rabbitmqctl_changes(weir, commands)
        rabbitmqctl_connections(weir, commands)
        door_closed_and_opened(weir, commands)
        alarms(weir, commands)
        channel_numbers(weir, commands)


if __name__ == "__main__":
    main()
