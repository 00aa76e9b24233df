"""weir's commands that look at files: the configuration and where it is from, logs on disk; and terminals."""

import glob
import json
import os
import pty
import re
import signal
import subprocess
import tempfile

import broker
import calls
from scenario import check, equal, name
from wire import Connection, batch, record

BINARY = os.environ.get("WEIR_BINARY", "build/release/weir")
SUCCESS, FAILURE, USAGE = 0, 1, 2
ESCAPE = "\x1b["
FAMILIES = "serve config topic group produce consume perf log completion version".split()


def run(*words, status=SUCCESS, cwd=None, **environment):
    """(standard output, standard error) of a command."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("WEIR_")}
    result = subprocess.run(
        [os.path.abspath(BINARY), *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
        env=kept | environment,
    )
    equal(result.returncode, status, f"weir {' '.join(map(str, words))}: {result.stdout}{result.stderr}")
    return result.stdout, result.stderr


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def configuration(folder):
    text = 'data = "there"\nreactors = 1\n\n[kafka]\nlisten = "127.0.0.1:1"\n'
    write(os.path.join(folder, "weir.toml"), text)
    variables = {"WEIR_REACTORS": "2", "WEIR_KAFKA_LISTEN": "127.0.0.1:2"}
    told = json.loads(run("config", "--kafka-listen", "127.0.0.1:3", "--json", cwd=folder, **variables)[0])
    keys = {entry["name"]: (entry["value"], entry["origin"]) for entry in told["keys"]}
    equal(told["file"], "weir.toml", "the file that is taken without being named")
    equal(keys["data"], ("there", "weir.toml:1"), "from the file, with its line")
    equal(keys["reactors"], (2, "WEIR_REACTORS"), "the environment is stronger")
    equal(keys["kafka.listen"], ("127.0.0.1:3", "--kafka-listen"), "a flag is strongest")
    equal(keys["log.level"], ("info", "default"), "nobody said")
    table = run("config", cwd=folder)[0]
    check(re.search(r"^reactors +1 +weir.toml:2 +--reactors +WEIR_REACTORS$", table, re.M), table)


def refused_configurations(folder):
    path = os.path.join(folder, "wrong.toml")
    cases = {
        "\n[kafka]\nlistn = 'x'\n": [f"{path}:3:", "kafka.listn is no key", "did you mean kafka.listen?"],
        "reactors = 9999\n": [f"{path}:1:", "'9999' is not a number from 0 to 1024"],
        "[log]\nlevel = 'loud'\n": [f"{path}:2:", "not one of"],
        "[broker]\n'num.partition' = 3\n": [f"{path}:2", "did you mean", "num.partitions"],
    }
    for text, wanted in cases.items():
        write(path, text)
        for command in ("config", "serve"):
            if command == "config" and "[broker]" in text:
                continue  # what Kafka's names may be is known to the server
            complaint = run(command, "--config", path, "--data", folder, status=USAGE)[1]
            for part in wanted:
                check(part in complaint, f"{command}: {part!r} is not in {complaint!r}")
    complaint = run("config", status=USAGE, cwd=folder, WEIR_REACTORS="many")[1]
    check("WEIR_REACTORS" in complaint, complaint)
    warning = run("config", cwd=folder, WEIR_REACTOR="2")[1]
    check("did you mean WEIR_REACTORS?" in warning, f"a misspelt variable: {warning}")


def two_on_free_ports():
    with broker.start() as one, broker.start() as other:
        check(one.port not in (0, other.port), "a port of 0 is a free one, and told")
        with Connection(other) as connection:
            check(calls.api_versions(connection), "it is where it says")


def dump():
    """What is on disk is told, and what is damaged is noticed."""
    with broker.start() as server:
        topic = name("dumped")
        with Connection(server) as connection:
            calls.create_topics(connection, [(topic, 1, 1, {})])
            for n in range(3):
                records = [record(b"value %d" % n, b"key", [(b"h", b"x")]), record(None, offset_delta=1)]
                equal(calls.produce_one(connection, topic, batch(records))["error"], 0, "a produce")
        server.end(signal.SIGTERM)
        server.has_ended = True
        data = os.path.join(server.directory.name, "data")
        [segment] = glob.glob(os.path.join(data, "topics", f"{topic}*", "0-*.log"))
        shown = run("log", "dump", segment)[0]
        equal(re.findall(r"^offset (\d+)\.\.(\d+)", shown, re.M), [("0", "1"), ("2", "3"), ("4", "5")], shown)
        lines = run("log", "dump", segment, "--records")[0].splitlines()
        rows = [json.loads(line) for line in lines if "{" in line]
        equal([row["offset"] for row in rows], list(range(6)), "records")
        equal((rows[0]["key"], rows[0]["value"], rows[1]["value"]), ("key", "value 0", None), "a record")
        journal = run("log", "dump", os.path.join(data, "journal"), "--records")[0]
        check("value 2" in journal and re.search(r"^round \d+ .*entries", journal, re.M), "its rounds")
        damage(segment)
        check("DAMAGED" in run("log", "dump", segment, status=FAILURE)[0], "a wrong checksum")
        run("log", "dump", os.path.join(data, "checkpoint"), status=USAGE)


def words_after(path):
    """What the shell is offered behind `weir PATH`: commands, or a command's flags."""
    script = f'eval "$("{BINARY}" completion bash)"; _weir_words "{path}"'
    result = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    return [word for word in result.stdout.split() if not word.startswith("-")]


def help_of_all(path=""):
    """Every family names its commands, and those for Kafka's users have examples; how many there are."""
    below = words_after(path)
    told = run(*path.split(), "--help")[0]
    if not below:
        check(path.split()[0] not in FAMILIES or f"  weir {path}" in told, f"no example in {told}")
        return 1
    for word in below:
        check(re.search(rf"^  {word}\b", told, re.M), f"{word} is not in {told}")
    return sum(help_of_all(f"{path} {word}".strip()) for word in below)


def damage(path):
    with open(path, "r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)[0]
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last ^ 1]))


def on_terminal(*words, **environment):
    """What a command writes where its output is a terminal."""
    ours, theirs = pty.openpty()
    command = [BINARY, *words]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, **environment}
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:
        pass  # the other side has closed it
    os.close(ours)
    process.wait(timeout=60)
    return shown.decode()


def colours():
    check(ESCAPE in on_terminal("config", NO_COLOR=""), "a terminal has colours")
    check(ESCAPE not in on_terminal("config", NO_COLOR="1"), "unless NO_COLOR is set")
    check(ESCAPE not in "".join(run("config")), "anything else has none")
    check(ESCAPE in on_terminal("topc", NO_COLOR=""), "errors, too")
    check(ESCAPE not in "".join(run("topc", status=USAGE)), "errors elsewhere have none")


def main():
    with tempfile.TemporaryDirectory(prefix="weir-files-") as folder:
        configuration(folder)
        refused_configurations(folder)
    check(help_of_all() > 40, "commands")
    colours()
    dump()
    two_on_free_ports()


if __name__ == "__main__":
    main()
