"""The management API: messages that are published by requests, and addresses that are asked seldom."""

import time

from management_test import LIMIT_S, amqp  # first: it finds pika

# isort: split
import broker
from management_api import Api, quoted
from scenario import check, equal, until


def published(weir):
    """A request's message takes the way of a channel's: into streams and queues, and later where it waits."""
    api = Api(weir.http)
    api.put("queues/%2F/st", {"durable": True, "arguments": {"x-queue-type": "stream"}})
    api.put("queues/%2F/q")
    for name in ("st", "q"):
        api.post(f"bindings/%2F/e/amq.topic/q/{name}", {"routing_key": "a.#"}, wanted=201)
    properties = {"message_id": "m", "headers": {"mine": 1, "BCC": ["q"]}}
    message = {"routing_key": "st", "payload": "by its name", "properties": properties}
    equal(api.post("exchanges/%2F/amq.default/publish", message), {"routed": True}, "to it, and a hidden key")
    message = {"routing_key": "a.b", "payload": "by an exchange", "properties": {}}
    equal(api.post("exchanges/%2F/amq.topic/publish", message), {"routed": True}, "to it and a queue")
    with amqp(weir) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=10)
        got = []
        channel.basic_consume("st", lambda *one: got.append(one[1:]), arguments={"x-stream-offset": "first"})
        until("both", LIMIT_S, lambda: connection.process_data_events(0.05) or len(got) == 2)
        equal([one[2] for one in got], [b"by its name", b"by an exchange"], "what is in the stream")
        equal([one[0].routing_key for one in got], ["st", "a.b"], "their keys")
        equal((got[0][1].message_id, got[0][1].headers["mine"]), ("m", 1), "the properties")
    taken = api.post("queues/%2F/q/get", {"count": 5, "ackmode": "ack_requeue_false"})
    equal([one["payload"] for one in taken], ["by its name", "by an exchange"], "what is in the queue")
    delaying = {"type": "x-delayed-message", "arguments": {"x-delayed-type": "fanout"}}
    api.put("exchanges/%2F/later", delaying)
    for name in ("st", "q"):
        api.post(f"bindings/%2F/e/later/q/{name}", {}, wanted=201)
    message = {"routing_key": "", "payload": "later", "properties": {"headers": {"x-delay": 300}}}
    start = time.monotonic()
    equal(api.post("exchanges/%2F/later/publish", message), {"routed": True}, "for later")
    until("what waited", LIMIT_S, lambda: api.get("queues/%2F/q")["messages_ready"] == 1)
    check(time.monotonic() - start >= 0.3, "not before its time")
    until("what waited, in the stream", LIMIT_S, lambda: api.get("queues/%2F/st")["messages"] == 3)
    for address in ("exchanges/%2F/later", "queues/%2F/q", "queues/%2F/st"):
        api.delete(address)


def lesser_addresses(weir):
    """What is documented besides, and asked for seldom."""
    api = Api(weir.http)
    node = "nodes/" + quoted(api.get("overview")["node"])
    memory = api.get(node + "/memory")["memory"]
    check(memory["total"]["rss"] > 0 and memory["strategy"] == "rss", f"{memory}")
    equal(api.get(node + "/memory/relative")["memory"]["total"], 100, "in percent")
    check(api.get(node + "?memory=true")["memory"]["total"]["rss"] > 0, "with the node")
    api.fails(404, "GET", "nodes/none/memory")
    equal(api.get("auth")["oauth_enabled"], False, "how to log in")
    equal(set(api.get("all-configuration")), set(api.get("definitions")), "the old name of definitions")
    api.put("users/hashed", {"password_hash": api.get("hash_password/se%2Fcret")["ok"], "tags": "management"})
    equal(Api(weir.http, "hashed", "se/cret").get("whoami")["name"], "hashed", "by a hash made here")
    api.delete("users/hashed")
    api.fails(404, "DELETE", "reset/none")
    api.delete("reset")
    api.delete("reset/" + quoted(api.get("overview")["node"]))
    shovel = {"src-uri": "amqp://", "dest-uri": "amqp://", "src-queue": "a"}
    api.put("parameters/shovel/%2F/s", {"value": shovel})
    equal(api.get("shovels/%2F/s")["state"], "terminated", "a shovel by its name")
    api.fails(404, "GET", "shovels/%2F/none")
    api.delete("parameters/shovel/%2F/s")


def publishes_that_are_refused(weir):
    """For the same reasons as a channel's."""
    api = Api(weir.http)
    api.put("queues/%2F/q", {"arguments": {"x-max-length": 0, "x-overflow": "reject-publish"}})
    api.put("exchanges/%2F/inner", {"type": "fanout", "internal": True})

    def fails(reason, exchange="amq.default", status=400, **properties):
        message = {"routing_key": "q", "payload": "p", "properties": properties}
        api.fails(status, "POST", f"exchanges/%2F/{exchange}/publish", message, reason=reason)

    fails("invalid expiration 'soon'", expiration="soon")
    fails("user_id property set to 'other' but authenticated user was 'guest'", user_id="other")
    fails('unacceptable_type_in_header,"CC"', headers={"CC": "q"})
    fails("fast reply consumer does not exist", reply_to="amq.rabbitmq.reply-to")
    fails("403 ACCESS_REFUSED - cannot publish to internal exchange 'inner' in vhost '/'", exchange="inner")
    fails("rejected Unable to publish message. Check queue limits.")
    fails("404 NOT_FOUND - no exchange 'none' in vhost '/'", exchange="none")
    api.put("users/anna", {"password": "a", "tags": "management"})
    api.put("permissions/%2F/anna", {"configure": "", "write": ".*", "read": ""})
    api.put("topic-permissions/%2F/anna", {"exchange": "amq.topic", "write": "^a", "read": ""})
    anna = Api(weir.http, "anna", "a")
    for key, status in (("a.b", 200), ("b.a", 401)):
        message = {"routing_key": key, "payload": "p", "properties": {}}
        anna.must(status, "POST", "exchanges/%2F/amq.topic/publish", message)
    api.delete("users/anna")
    api.delete("exchanges/%2F/inner")
    api.delete("queues/%2F/q")


def main():
    with broker.Weir("--amqp-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0") as weir:
        published(weir)
        publishes_that_are_refused(weir)
        lesser_addresses(weir)


if __name__ == "__main__":
    main()
