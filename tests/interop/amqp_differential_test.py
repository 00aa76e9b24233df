"""Operations on weir and on RabbitMQ side by side: every reply, error code and text is compared.

Without a RabbitMQ, weir is compared with what RabbitMQ 3.10.8 has said (amqp/rabbitmq_operations.json).
WEIR_AMQP_RABBITMQ=HOST:PORT names a running one to compare with, WEIR_AMQP_RABBITMQCTL the command that makes
its accounts (once); with WEIR_AMQP_RECORD what it says is written down. Names given as arguments are the
scenarios to play.
"""

import concurrent.futures
import contextlib
import difflib
import json
import os
import subprocess
import sys
import tempfile

import toolchain

if "pika" not in os.environ.get("WEIR_IN_VENV", ""):
    program = toolchain.python()
    os.execve(program, [program, *sys.argv], dict(os.environ, WEIR_IN_VENV="pika"))

import amqp_scenarios_arguments
import amqp_scenarios_consumers
import amqp_scenarios_deaths
import amqp_scenarios_kinds
import amqp_scenarios_messages
import amqp_scenarios_sessions
import amqp_scenarios_topology
from amqp_meant import MEANT, NEWER
from amqp_player import transcript
from scenario import check, equal

HERE = os.path.dirname(os.path.realpath(__file__))
RECORD = os.path.join(HERE, "amqp", "rabbitmq_operations.json")
ACCOUNTS = os.path.join(HERE, "amqp", "accounts.json")
MODULES = (
    amqp_scenarios_arguments,
    amqp_scenarios_consumers,
    amqp_scenarios_topology,
    amqp_scenarios_messages,
    amqp_scenarios_sessions,
    amqp_scenarios_deaths,
    amqp_scenarios_kinds,
)
AT_A_TIME = 8


def scenarios():
    """By name: the functions of the modules, but for their helpers."""
    found = {}
    for module in MODULES:
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) == module.__name__ and not name.startswith("_"):
                found[name] = value
    return found


@contextlib.contextmanager
def queue_server():
    folder = os.path.dirname(os.environ.get("WEIR_BINARY", "build/release/weir"))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with tempfile.TemporaryDirectory(prefix="weir-interop-") as data:
        command = [os.path.join(folder, "amqp_queue_server"), data, ACCOUNTS]
        with subprocess.Popen(command, **pipes) as process:
            yield "127.0.0.1", int(process.stdout.readline().split()[1])
            process.stdin.close()
            equal(process.wait(30), 0, "the server's exit status")


def play(address, chosen):
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        said = pool.map(lambda scenario: transcript(address, scenario), chosen.values())
        return dict(zip(chosen, said))


def rabbitmq_said(chosen):
    running = os.environ.get("WEIR_AMQP_RABBITMQ")
    if running is None:
        with open(RECORD, encoding="utf-8") as file:
            return json.load(file)
    if control := os.environ.get("WEIR_AMQP_RABBITMQCTL"):
        with open(ACCOUNTS, encoding="utf-8") as accounts:
            command = [control, "import_definitions"]
            subprocess.run(command, stdin=accounts, check=True, stdout=subprocess.DEVNULL)
    host, port = running.rsplit(":", 1)
    said = play((host, int(port)), chosen)
    if "WEIR_AMQP_RECORD" in os.environ:
        with open(RECORD, "w", encoding="utf-8") as file:
            json.dump(said, file, indent=1)
            file.write("\n")
    return said


def as_meant(name, theirs):
    """What weir shall say where RabbitMQ says this: the same, but for what MEANT has."""
    wanted = "\n".join(theirs)
    for difference in MEANT.get(name, []):
        check(difference.rabbitmq in wanted, f"{name}: RabbitMQ does not say {difference.rabbitmq}")
        wanted = wanted.replace(difference.rabbitmq, difference.weir)
    return wanted.split("\n") if wanted else []


def without_newer(line):
    for pattern, text in NEWER:
        line = pattern.sub(text, line)
    return line


def compare(ours, theirs):
    differing, meant = 0, 0
    for name, lines in ours.items():
        said = [without_newer(line) for line in lines]
        wanted = as_meant(name, theirs[name])
        meant += len(MEANT.get(name, []))
        if said == wanted:
            continue
        differing += 1
        print(f"--- {name}")
        for line in difflib.unified_diff(wanted, said, "RabbitMQ, as meant", "weir", lineterm="", n=2):
            print(f"  {line}")
    print(f"{len(ours)} scenarios, {sum(map(len, ours.values()))} lines, {meant} differences meant")
    equal(differing, 0, "scenarios with differences that are not meant")


def main():
    known = scenarios()
    chosen = {name: known[name] for name in sys.argv[1:]} or known
    check(set(MEANT) <= set(known), f"no scenarios: {set(MEANT) - set(known)}")
    theirs = rabbitmq_said(chosen)
    if not sys.argv[1:]:
        equal(sorted(theirs), sorted(known), "the scenarios that RabbitMQ was asked")
    with queue_server() as address:
        compare(play(address, chosen), theirs)


if __name__ == "__main__":
    main()
