"""The management API: what tools ask of it, with RabbitMQ's own rabbitmqadmin, pika and raw requests."""

import http.client
import json
import os
import ssl
import subprocess
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
from management_api import Api, quoted
from scenario import check, equal, until

LIMIT_S = 20
HASH_OF_TEST12 = "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"  # the example of RabbitMQ's documentation


def amqp(weir, user="guest", password="guest", host="/", name=None):
    return pika.BlockingConnection(
        pika.ConnectionParameters(
            *weir.amqp,
            virtual_host=host,
            credentials=pika.PlainCredentials(user, password),
            client_properties={"connection_name": name} if name else None,
        )
    )


def logins(weir):
    guest = Api(weir.http)
    equal(guest.get("whoami")["tags"], ["administrator"], "guest's tags")
    status, body, headers = Api(weir.http, password="wrong").ask("GET", "overview")
    equal((status, body["reason"]), (401, "Login failed"), "a wrong password")
    check("Basic" in headers["www-authenticate"], "the challenge")
    guest.put("users/plain", {"password": "p", "tags": ""})
    guest.put("users/manager", {"password": "m", "tags": "management"})
    plain = Api(weir.http, "plain", "p")
    plain.fails(401, "GET", "overview", reason="Not management user")
    manager = Api(weir.http, "manager", "m")
    equal(manager.get("whoami"), {"name": "manager", "tags": ["management"], "is_internal_user": True}, "who")
    manager.fails(401, "GET", "users", reason="Not administrator user")
    manager.fails(401, "GET", "queues/%2F")
    equal(manager.get("vhosts"), [], "a user's virtual hosts, without permissions")
    guest.put("permissions/%2F/manager", {"configure": "^m-", "write": "", "read": ".*"})
    any_name = {"configure": "", "write": "", "read": "", "exchange": ""}
    for kind in ("permissions", "topic-permissions"):
        guest.fails(400, "PUT", f"{kind}/nowhere/manager", any_name, reason="nowhere")
        guest.fails(400, "PUT", f"{kind}/%2F/nobody", any_name, reason="nobody")
    equal(manager.names("vhosts"), ["/"], "with permissions")
    manager.put("queues/%2F/m-1")
    manager.fails(401, "PUT", "queues/%2F/other", {}, reason="configure access to queue 'other'")
    manager.fails(401, "POST", "exchanges/%2F/amq.default/publish", {"routing_key": "m-1", "payload": ""})
    guest.delete("queues/%2F/m-1")
    guest.delete("users/plain")
    guest.post("users/bulk-delete", {"users": ["manager", "nobody"]}, wanted=204)
    guest.fails(404, "GET", "users/manager")


def bad_requests(weir):
    api = Api(weir.http, keep=True)
    api.fails(404, "GET", "nothing")
    api.fails(405, "PATCH", "vhosts")
    api.fails(400, "PUT", "queues/%2F/q", "{", reason="not_json")
    api.fails(400, "PUT", "queues/%2F/q", "[]")
    api.fails(400, "PUT", "queues/%2F/q", {"durable": "maybe"}, reason="durable")
    api.fails(400, "PUT", "exchanges/%2F/e", {"type": "odd"}, reason="unknown exchange type 'odd'")
    api.fails(400, "PUT", "exchanges/%2F/amq.mine", {"type": "direct"}, reason="reserved prefix")
    api.fails(400, "DELETE", "exchanges/%2F/amq.default")
    api.fails(404, "GET", "queues/%2F/none")
    api.fails(404, "GET", "queues/none")
    api.fails(404, "DELETE", "vhosts/none")
    equal(api.ask("GET", "overview")[0], 200, "the same connection, afterwards")
    status, _, headers = api.ask("OPTIONS", "vhosts/x")
    equal((status, headers["allow"]), (200, "GET, PUT, DELETE"), "what can be asked")


def hosts_and_permissions(weir):
    api = Api(weir.http)
    equal(api.names("vhosts"), ["/"], "virtual hosts")
    path = "vhosts/" + quoted("a/b")
    api.put(path, {"description": "two words", "tags": "x,y"})
    api.put(path, {}, wanted=204)
    got = api.get(path)
    equal((got["description"], got["tags"]), ("two words", ["x", "y"]), "what was set")
    equal(len(api.names("exchanges/a%2Fb")), 7, "its exchanges")
    equal(api.get("permissions/a%2Fb/guest")["configure"], ".*", "the maker's permissions")
    api.put("vhost-limits/a%2Fb/max-queues", {"value": 1}, wanted=204)
    equal(api.get("vhost-limits"), [{"vhost": "a/b", "value": {"max-queues": 1}}], "limits")
    api.put("queues/a%2Fb/one")
    api.fails(400, "PUT", "queues/a%2Fb/two", {})
    api.delete("vhost-limits/a%2Fb/max-queues")
    api.put("queues/a%2Fb/two")
    api.put("users/anna", {"password": "secret", "tags": ["monitoring"]})
    api.put("users/anna", {"password": "secret", "tags": ["monitoring"]}, wanted=204)
    with_permissions = {"configure": ".*", "write": ".*", "read": ".*"}
    api.put("permissions/a%2Fb/anna", with_permissions)
    api.put("permissions/a%2Fb/anna", with_permissions, wanted=204)
    equal([p["vhost"] for p in api.get("users/anna/permissions")], ["a/b"], "a user's permissions")
    api.put("topic-permissions/a%2Fb/anna", {"exchange": "amq.topic", "write": "^a", "read": "^b"})
    equal(api.get("topic-permissions")[0]["write"], "^a", "topic permissions")
    api.put("topic-permissions/a%2Fb/anna", {"exchange": "amq.direct", "write": "^c", "read": "^d"})
    api.delete("topic-permissions/a%2Fb/anna/amq.topic")
    left = [t["exchange"] for t in api.get("topic-permissions")]
    equal(left, ["amq.direct"], "those of one exchange are gone")
    api.delete("topic-permissions/a%2Fb/anna")
    connection = amqp(weir, "anna", "secret", "a/b")
    api.delete(path)
    until("the end of its connections", LIMIT_S, lambda: ended(connection))
    api.delete("users/anna")
    equal(api.get("permissions"), [api.get("permissions/%2F/guest")], "permissions that are left")


def ended(connection):
    try:
        connection.process_data_events(0.05)
    except pika.exceptions.AMQPError:
        return True
    return False


def topology(weir):
    api = Api(weir.http)
    api.put("exchanges/%2F/e", {"type": "topic", "durable": True, "arguments": {"alternate-exchange": "x"}})
    api.put("exchanges/%2F/e", {"type": "topic", "arguments": {"alternate-exchange": "x"}}, wanted=204)
    api.fails(400, "PUT", "exchanges/%2F/e", {"type": "fanout"}, reason="inequivalent arg 'type'")
    api.put("exchanges/%2F/f", {"type": "fanout", "auto_delete": "false"})
    api.put("queues/%2F/q", {"type": "", "arguments": {"x-max-length": 10}})
    api.fails(400, "PUT", "queues/%2F/q", {"durable": False}, reason="inequivalent arg 'durable'")
    binding = {"routing_key": "a.*", "arguments": {"n": 1}}
    status, _, headers = api.ask("POST", "bindings/%2F/e/e/q/q", binding)
    equal(status, 201, "a new binding")
    location = "bindings/%2F/e/e/q/" + headers["location"]
    equal(api.get(location)["arguments"], {"n": 1}, "what it is")
    api.post("bindings/%2F/e/e/e/f", {"routing_key": "#"}, wanted=201)
    api.post("bindings/%2F/e/f/q/q", {}, wanted=201)
    api.fails(404, "POST", "bindings/%2F/e/none/q/q", {})
    equal([b["source"] for b in api.get("queues/%2F/q/bindings")], ["", "e", "f"], "a queue's bindings")
    equal([b["destination"] for b in api.get("exchanges/%2F/e/bindings/source")], ["q", "f"], "from it")
    equal([b["source"] for b in api.get("exchanges/%2F/f/bindings/destination")], ["e"], "to it")
    equal(api.get("bindings/%2F/e/f/q/q")[0]["properties_key"], "~", "a key without anything")
    api.delete("bindings/%2F/e/f/q/q/~")
    api.fails(404, "DELETE", "bindings/%2F/e/f/q/q/~")
    api.delete(location)
    api.fails(400, "DELETE", "exchanges/%2F/e?if-unused=true", reason="in use")
    for name in "ef":
        api.delete("exchanges/%2F/" + name)
    for name in ("q2", "q3", "p1"):
        api.put("queues/%2F/" + name)
    page = api.get("queues?page=1&page_size=2&name=q&sort=name&sort_reverse=true&columns=name")
    equal([page["items"], page["filtered_count"], page["page_count"], page["total_count"]],
          [[{"name": "q3"}, {"name": "q2"}], 3, 2, 4], "a page of the queues")
    equal([q["name"] for q in api.get("queues?name=^p&use_regex=true")], ["p1"], "by a pattern")
    api.fails(400, "GET", "queues?page=9")
    for name in ("q", "q2", "q3", "p1"):
        api.delete("queues/%2F/" + name)


def messages(weir):
    api = Api(weir.http)
    api.put("queues/%2F/q")
    publish = "exchanges/%2F/amq.default/publish"
    properties = {"delivery_mode": 2, "headers": {"n": 1}, "message_id": "m"}
    routed = api.post(publish, {"routing_key": "q", "payload": "ünï", "properties": properties})
    equal(routed, {"routed": True}, "published")
    equal(api.post(publish, {"routing_key": "none", "payload": "x"}), {"routed": False}, "to nowhere")
    api.post(publish, {"routing_key": "q", "payload": "//4=", "payload_encoding": "base64", "properties": {}})
    got = api.post("queues/%2F/q/get", {"count": 5, "ackmode": "ack_requeue_true", "encoding": "auto"})
    equal([m["payload"] for m in got], ["ünï", "//4="], "what is there")
    equal(got[0]["properties"], properties, "its properties")
    equal(got[0]["redelivered"], False, "the first time")
    equal(got[1]["payload_encoding"], "base64", "no text")
    queue = until("both back", LIMIT_S, lambda: (q := api.get("queues/%2F/q"))["messages_ready"] == 2 and q)
    equal((queue["messages"], queue["consumers"], queue["state"]), (2, 0, "running"), "the queue")
    got = api.post("queues/%2F/q/get", {"count": 1, "ackmode": "ack_requeue_false", "encoding": "base64"})
    equal((got[0]["redelivered"], got[0]["message_count"]), (True, 1), "the second time")
    equal(api.get("overview")["queue_totals"]["messages"], 1, "all messages")
    api.fails(400, "DELETE", "queues/%2F/q?if-empty=true", reason="not empty")
    api.delete("queues/%2F/q/contents")
    equal(api.post("queues/%2F/q/get", {"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"}), [],
          "an empty queue")
    api.delete("queues/%2F/q?if-empty=true")
    equal(api.get("aliveness-test/%2F"), {"status": "ok"}, "alive")
    api.delete("queues/%2F/aliveness-test")


def connections(weir):
    api = Api(weir.http)
    connection = amqp(weir, name="mine")
    channel = connection.channel()
    channel.queue_declare("c", exclusive=True)
    channel.basic_qos(prefetch_count=7)
    channel.confirm_delivery()
    channel.basic_consume("c", lambda *_: None, consumer_tag="tag")
    channel.basic_publish("", "c", b"x")
    found = until("the delivery", LIMIT_S, lambda: [
        c for c in api.get("channels") if c["messages_unacknowledged"] == 1])
    equal((found[0]["confirm"], found[0]["consumer_count"]), (True, 1), "the channel")
    listed = [c for c in api.get("connections") if c.get("user_provided_name") == "mine"]
    equal(len(listed), 1, "the connection")
    name = listed[0]["name"]
    equal((listed[0]["user"], listed[0]["vhost"], listed[0]["channels"]), ("guest", "/", 1), "whose it is")
    equal(listed[0]["port"], weir.amqp[1], "where it came in")
    properties = api.get("connections/" + quoted(name))["client_properties"]
    equal(properties["product"], "Pika Python Client Library", "what the client says of itself")
    consumers = api.get("consumers/%2F")
    facts = [(c["consumer_tag"], c["prefetch_count"], c["ack_required"]) for c in consumers]
    equal(facts, [("tag", 7, True)], "the consumer")
    equal(api.get("queues/%2F/c")["consumer_details"][0]["consumer_tag"], "tag", "the queue's consumer")
    equal(api.get("vhosts/%2F/connections")[0]["name"], name, "by virtual host")
    api.delete("connections/" + quoted(name))
    try:
        while True:
            connection.process_data_events(0.05)
    except pika.exceptions.ConnectionClosedByBroker as error:
        equal(error.reply_code, 320, "the code")
        check("Closed via management plugin" in error.reply_text, error.reply_text)
    until("nobody", LIMIT_S, lambda: api.get("connections") == [])
    api.fails(404, "DELETE", "connections/" + quoted(name))


def policies_and_health(weir):
    api = Api(weir.http)
    policy = {"pattern": "^q", "definition": {"max-length": 2}, "priority": "3", "apply-to": "queues"}
    api.put("policies/%2F/p", policy)
    api.put("policies/%2F/p", policy, wanted=204)
    equal(api.get("policies/%2F/p")["priority"], 3, "the policy")
    api.put("operator-policies/%2F/o", {"pattern": "^q", "definition": {"max-length": 1}})
    api.fails(400, "PUT", "policies/%2F/bad", {"pattern": "(", "definition": {"max-length": 1}})
    api.fails(400, "PUT", "policies/%2F/bad", {"pattern": "", "definition": {}})
    misspelt = {"pattern": "", "definition": {"max-lenght": 1}}
    api.fails(400, "PUT", "policies/%2F/bad", misspelt, reason="max-lenght")
    api.put("queues/%2F/q")
    queue = api.get("queues/%2F/q")
    equal((queue["policy"], queue["operator_policy"], queue["effective_policy_definition"]),
          ("p", "o", {"max-length": 1}), "what applies")
    api.delete("queues/%2F/q")
    api.delete("policies/%2F/p")
    equal(api.get("operator-policies/%2F/o")["apply-to"], "all", "what it applies to unless it says")
    api.delete("operator-policies/%2F/o")
    for check_name in ("alarms", "local-alarms", "node-is-quorum-critical", "virtual-hosts"):
        equal(api.get("health/checks/" + check_name)["status"], "ok", check_name)
    equal(api.get(f"health/checks/port-listener/{weir.amqp[1]}")["status"], "ok", "the port")
    equal(api.get("health/checks/protocol-listener/amqp")["status"], "ok", "the protocol")
    equal(api.ask("GET", "health/checks/port-listener/1")[0], 503, "a port where nobody listens")
    overview = api.get("overview")
    equal(overview["product_name"], "RabbitMQ", "the product")
    equal([c["node"] for c in overview["contexts"]], [overview["node"]], "who serves the API")
    equal(api.get("healthchecks/node/" + quoted(overview["node"]))["status"], "ok", "that it is well")
    api.fails(404, "GET", "healthchecks/node/none")
    nodes = api.get("nodes")
    equal([n["name"] for n in nodes], [overview["node"]], "the nodes")
    check(nodes[0]["running"] and nodes[0]["mem_used"] > 0 and nodes[0]["fd_used"] > 0, f"{nodes}")
    equal(api.get("nodes/" + quoted(overview["node"]))["os_pid"], str(weir.pid), "the process")
    check(nodes[0]["name"].startswith("rabbit@"), "what tools look for in a node's name")
    check(overview["erlang_version"] and api.get("extensions"), "what clients take for granted")
    limited = [(nodes[0][f"{what}_used"], nodes[0][f"{what}_total"]) for what in ("proc", "sockets", "fd")]
    check(all(0 <= used <= total for used, total in limited) and limited[0][0] > 1, f"limits: {limited}")
    flags = api.get("feature-flags")
    check({"quorum_queue", "stream_queue"} <= {flag["name"] for flag in flags}, f"feature flags: {flags}")
    equal({(flag["state"], flag["stability"]) for flag in flags}, {("enabled", "stable")}, "their states")
    api.put("feature-flags/quorum_queue/enable", wanted=204)
    api.fails(400, "PUT", "feature-flags/none/enable", {})
    for what in ("connections", "publishers", "consumers"):
        equal(api.get(f"stream/{what}"), [], f"those of the stream protocol: {what}")
        equal(api.get(f"stream/{what}/%2F"), [], f"those of a virtual host: {what}")
    api.post("rebalance/queues", {}, wanted=204)


def login_attempts(weir):
    """Counted by door, until they are cleared."""
    api = Api(weir.http)
    address = "auth/attempts/" + quoted(api.get("overview")["node"])
    api.delete(address)
    Api(weir.http, "nobody", "n").fails(401, "GET", "overview")
    amqp(weir).close()
    try:
        amqp(weir, "nobody")
        check(False, "nobody gets in")
    except pika.exceptions.ProbableAuthenticationError:
        pass
    counts = {one["protocol"]: one for one in api.get(address)}
    equal(counts["amqp091"]["auth_attempts_succeeded"], 1, "a good login by AMQP")
    equal(counts["amqp091"]["auth_attempts_failed"], 1, "a bad one")
    equal(counts["amqp091"]["auth_attempts"], 2, "both")
    equal(counts["http"]["auth_attempts_failed"], 1, "a bad one by HTTP")
    api.delete(address)
    equal(api.get(address)[1]["auth_attempts"], 0, "cleared")
    equal(api.get(address + "/source"), [], "by whoever tried: not counted so")
    api.delete(address + "/source")
    api.fails(404, "GET", "auth/attempts/none")


def parameters(weir):
    """What others look after is kept for them, through a restart; the cluster's name is told to clients."""
    api = Api(weir.http)
    upstream = {"value": {"uri": ["amqp://there"], "max-hops": 2, "trust-user-id": False}}
    api.put("parameters/federation-upstream/%2F/up", upstream)
    api.put("parameters/federation-upstream/%2F/up", upstream, wanted=204)
    api.put("parameters/shovel/%2F/s", {"value": {"src-uri": "amqp://", "dest-uri": "amqp://"}})
    api.fails(400, "PUT", "parameters/federation-upstream/%2F/bad", {"value": {"uri": None}})
    api.fails(400, "PUT", "parameters/shovel/%2F/bad", {"value": {"src-uri": "amqp://"}})
    api.fails(400, "PUT", "parameters/unknown/%2F/bad", {"value": {}})
    api.fails(404, "PUT", "parameters/shovel/nowhere/s", {"value": {"src-uri": "a", "dest-uri": "b"}})
    equal(api.get("shovels/%2F")[0]["state"], "terminated", "a shovel does not run")
    equal(api.get("federation-links"), [], "nor does an upstream")
    api.put("global-parameters/mine", {"value": [1, {"a": None}, 2.5]})
    api.fails(400, "PUT", "global-parameters/internal_cluster_id", {"value": "x"})
    api.put("cluster-name", {"name": "orders"}, wanted=204)
    weir.restart()
    api = Api(weir.http)
    equal(api.get("parameters/federation-upstream/%2F/up"),
          {"component": "federation-upstream", "vhost": "/", "name": "up", **upstream}, "an upstream")
    equal([p["name"] for p in api.get("parameters")], ["up", "s"], "all of them")
    names = {p["name"]: p["value"] for p in api.get("global-parameters")}
    equal((names["cluster_name"], names["mine"]), ("orders", [1, {"a": None}, 2.5]), "of the cluster")
    equal(api.get("cluster-name")["name"], "orders", "its name")
    equal(api.get("overview")["cluster_name"], "orders", "its name in the overview")
    with amqp(weir) as connection:
        equal(connection._impl.server_properties["cluster_name"], "orders", "what clients are told")
    for path in ("parameters/federation-upstream/%2F/up", "parameters/shovel/%2F/s", "global-parameters/mine",
                 "global-parameters/cluster_name"):
        api.delete(path)
        api.fails(404, "DELETE", path)
    equal(api.get("cluster-name")["name"], "weir", "its first name again")


DEFINITIONS = {
    "rabbit_version": "3.10.8",
    "users": [
        {
            "name": "old",
            "password_hash": HASH_OF_TEST12,
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": "management",
        }
    ],
    "vhosts": [{"name": "old", "limits": []}],
    "permissions": [{"user": "old", "vhost": "old", "configure": ".*", "write": ".*", "read": ".*"}],
    "global_parameters": [{"name": "team", "value": {"name": "a"}}],
    "parameters": [
        {"component": "federation-upstream", "vhost": "old", "name": "up", "value": {"uri": "amqp://there"}},
        {"component": "shovel", "vhost": "old", "name": "s", "value": {"src-uri": "amqp://"}},
        {"component": "vhost-limits", "vhost": "old", "name": "limits", "value": {"max-queues": 50}},
    ],
    "policies": [
        {"vhost": "old", "name": "p", "pattern": "^q", "definition": {"max-length": 9}, "priority": 1,
         "apply-to": "classic_queues"},
        {"vhost": "old", "name": "ha", "pattern": "^q", "definition": {"ha-mode": "all", "expires": 900000}},
        {"vhost": "old", "name": "odd", "pattern": "^q", "definition": {"max-lenght": 9}},
    ],
    "queues": [
        {"name": "q", "vhost": "old", "durable": True, "auto_delete": False,
         "arguments": {"x-message-ttl": 60000, "x-queue-type": "classic"}}
    ],
    "exchanges": [
        {"name": "e", "vhost": "old", "type": "headers", "durable": True, "auto_delete": False,
         "internal": False, "arguments": {}},
        {"name": "later", "vhost": "old", "type": "x-delayed-message", "durable": True, "auto_delete": False,
         "internal": False, "arguments": {"x-delayed-type": "direct"}},
        {"name": "recent", "vhost": "old", "type": "x-recent-history", "durable": True, "auto_delete": False,
         "internal": False, "arguments": {}},
    ],
    "bindings": [
        {"source": "e", "vhost": "old", "destination": "q", "destination_type": "queue", "routing_key": "",
         "arguments": {"x-match": "all", "n": 1}}
    ],
}


def definitions(weir):
    api = Api(weir.http)
    outcome = api.post("definitions", DEFINITIONS)
    left_out = {(item["kind"], item["name"]) for item in outcome["not_imported"]}
    equal(left_out, {("parameter", "s"), ("exchange", "recent"), ("policy", "odd")}, "what could not be made")
    idle = {(item["name"], item["reason"]) for item in outcome["without_effect"]}
    wanted = {("up", "weir keeps it, and runs none"), ("ha", "weir does nothing by ha-mode")}
    equal(idle, wanted, "what does nothing")
    equal(api.post("definitions", DEFINITIONS)["not_imported"], outcome["not_imported"], "once more")
    equal(Api(weir.http, "old", "test12").get("whoami")["name"], "old", "the old password")
    with amqp(weir, "old", "test12", "old") as connection:
        channel = connection.channel()
        channel.basic_publish("e", "", b"x", pika.BasicProperties(headers={"n": 1}))
        until("the message", LIMIT_S, lambda: channel.basic_get("q")[0])
    api.put("users/kept", {"password": "kept", "tags": ""})
    whole = api.get("definitions")
    of_one = api.get("definitions/old")
    check("users" not in of_one and "vhost" not in of_one["queues"][0], f"of one: {of_one}")
    api.delete("vhosts/old")
    api.delete("users/old")
    api.delete("users/kept")
    api.post("definitions", whole, wanted=204)
    equal(api.get("definitions"), whole, "there and back")
    api.put("vhosts/copy")
    api.post("definitions/copy", of_one, wanted=204)
    equal(api.get("definitions/copy"), of_one, "into another virtual host")
    with amqp(weir, "old", "test12", "old"):
        pass
    equal(Api(weir.http, "kept", "kept").ask("GET", "whoami")[1]["reason"], "Not management user", "kept")
    weir.restart()
    equal(Api(weir.http).get("definitions/copy"), of_one, "after a kill")
    api = Api(weir.http)
    api.delete("global-parameters/team")
    for host in ("old", "copy"):
        api.delete("vhosts/" + host)
    equal(api.get("parameters"), [], "parameters go with their virtual host")
    for user in ("old", "kept"):
        api.delete("users/" + user)


class Admin:
    """rabbitmqadmin against this broker."""

    def __init__(self, weir, *options):
        host, port = weir.http or weir.http_tls
        self.command = [*toolchain.rabbitmqadmin(), "-H", host, "-P", str(port), *options]

    def run(self, *words, fails=False, text=None):
        done = subprocess.run(
            [*self.command, *words], capture_output=True, text=True, input=text, timeout=60, check=False
        )
        equal(done.returncode != 0, fails, f"rabbitmqadmin {words}: {done.stdout} {done.stderr}")
        return done.stdout

    def list(self, what, *columns):
        return json.loads(self.run("-f", "raw_json", "list", what, *columns))


def rabbitmqadmin(weir):
    admin = Admin(weir)
    admin.run("declare", "vhost", "name=shop")
    admin.run("declare", "user", "name=eve", "password=e", "tags=policymaker")
    admin.run("declare", "permission", "vhost=shop", "user=eve", "configure=.*", "write=.*", "read=.*")
    admin.run("declare", "exchange", "name=e", "type=topic")
    admin.run("declare", "queue", "name=q", "durable=true", 'arguments={"x-max-length": 3}')
    admin.run("declare", "binding", "source=e", "destination=q", "routing_key=a.#")
    ttl = 'definition={"message-ttl": 60000}'
    admin.run("declare", "policy", "name=p", "pattern=^q", ttl, "apply-to=queues")
    admin.run("declare", "operator_policy", "name=o", "pattern=^q", 'definition={"max-length": 2}')
    admin.run("declare", "vhost_limit", "vhost=shop", "name=max-queues", "value=5")
    admin.run("declare", "queue", "name=q", "durable=false", fails=True)
    for payload in ("one", "two", "three"):
        admin.run("publish", "exchange=e", "routing_key=a.b", f"payload={payload}")
    admin.run("publish", "routing_key=q", text="from standard input")
    equal([q["messages"] for q in admin.list("queues", "name", "messages")], [2], "the operator's limit")
    got = json.loads(admin.run("-f", "raw_json", "get", "queue=q", "count=9", "ackmode=ack_requeue_true"))
    equal([m["payload"] for m in got], ["three", "from standard input"], "the newest")
    for what in ("users", "vhosts", "permissions", "exchanges", "bindings", "policies", "operator_policies",
                 "nodes", "vhost_limits", "parameters"):
        check(admin.list(what), f"list {what}")
        admin.run("list", what)
    for what in ("connections", "channels", "consumers"):
        equal(admin.list(what), [], what)
    check("weir" in admin.run("show", "overview"), "the overview")
    admin.run("purge", "queue", "name=q")
    path = os.path.join(weir.directory.name, "definitions.json")
    admin.run("export", path)
    ends = ("source=e", "destination_type=queue", "destination=q")
    admin.run("delete", "binding", *ends, "properties_key=a.%23")
    admin.run("delete", "queue", "name=q")
    admin.run("delete", "queue", "name=q", fails=True)
    admin.run("import", path)
    equal([b["routing_key"] for b in admin.list("bindings") if b["source"] == "e"], ["a.#"], "imported")
    connection = amqp(weir)
    admin.run("close", "connection", f"name={admin.list('connections')[0]['name']}")
    until("its end", LIMIT_S, lambda: ended(connection))


def by_tls():
    with tempfile.TemporaryDirectory(prefix="weir-interop-") as folder:
        certificate, key = self_signed.make(folder)
        options = ["--http-tls-listen", "127.0.0.1:0", "--http-certificate", certificate, "--http-key", key]
        with broker.Weir(*options) as weir:
            check(weir.http is None, "nothing is served without TLS unless it is asked for")
            api = Api(weir.http_tls, tls=ssl.create_default_context(cafile=certificate))
            api.put("vhosts/by-tls")
            check("by-tls" in api.names("vhosts"), "what was made is listed")
            found = [one["protocol"] for one in api.get("overview")["listeners"]]
            equal(found, ["kafka", "https"], "the listeners")
            admin = Admin(weir, "--ssl", "--ssl-ca-cert-file", certificate)
            check("by-tls" in admin.run("list", "vhosts"), "rabbitmqadmin's list")
            command = [weir.binary, "vhost", "list", "--http", "https://{}:{}".format(*weir.http_tls)]
            mine = subprocess.run(
                [*command, "--http-authority", certificate], capture_output=True, text=True, check=True
            )
            check("by-tls" in mine.stdout, "weir's list")
            wary = subprocess.run(command, capture_output=True, text=True, check=False)
            check(wary.returncode != 0 and "certificate" in wary.stderr, f"nobody vouches: {wary.stderr}")
            plain = http.client.HTTPConnection(*weir.http_tls, timeout=60)
            plain.request("GET", "/api/overview")
            try:
                check(plain.getresponse().status == 0, "a client without TLS is served")
            except (http.client.BadStatusLine, ConnectionError):
                pass


def main():
    by_tls()
    with broker.Weir("--amqp-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0") as weir:
        logins(weir)
        bad_requests(weir)
        hosts_and_permissions(weir)
        topology(weir)
        messages(weir)
        connections(weir)
        policies_and_health(weir)
        login_attempts(weir)
        parameters(weir)
        definitions(weir)
        rabbitmqadmin(weir)


if __name__ == "__main__":
    main()
