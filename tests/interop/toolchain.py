"""Makes the clients of other languages ready, once, under build/interop; a missing language skips a test."""

import contextlib
import fcntl
import glob
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WORK = os.path.join(ROOT, "build", "interop")
SKIPPED = 77  # what ctest counts as skipped
PYTHON_PACKAGES = [
    "confluent-kafka==2.16.1",
    "kafka-python==3.0.12",
    "python-snappy==0.7.3",
    "lz4==4.4.5",
    "zstandard==0.25.0",
    "pika==1.4.4",
    "aio-pika==10.2.1",
    "kombu==5.7.0",
    "celery==5.7.0",
]


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def need(command):
    return shutil.which(command) or skip(f"{command} is not on PATH (tools/install test installs it)")


@contextlib.contextmanager
def once(name, stamp):
    """Yields (folder, whether to install), one process at a time; `stamp` names what is to be installed."""
    folder = os.path.join(WORK, name)
    os.makedirs(folder, exist_ok=True)
    stamp_path = os.path.join(folder, ".installed")
    with open(os.path.join(folder, ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError), open(stamp_path) as file:
            if file.read() == stamp:
                yield folder, False
                return
        yield folder, True
        with open(stamp_path, "w") as file:
            file.write(stamp)


def python():
    """The Python of the tests' own virtual environment."""
    with once("python", "\n".join(PYTHON_PACKAGES)) as (folder, install):
        program = os.path.join(folder, "venv", "bin", "python")
        if install:
            subprocess.run([sys.executable, "-m", "venv", os.path.join(folder, "venv")], check=True)
            subprocess.run([program, "-m", "pip", "install", "-q", *PYTHON_PACKAGES], check=True)
    return program


def python_agent(module):
    """The command that runs tests/interop/python/MODULE.py there."""
    return [python(), os.path.join(HERE, "python", f"{module}.py")]


def go_agent(name):
    """The command of tests/interop/go/NAME, built here."""
    go = need("go")
    with open(os.path.join(HERE, "go", "go.mod")) as file:
        wanted = re.search(r"^go (\d+)\.(\d+)", file.read(), re.M)
    found = re.search(
        r"go(\d+)\.(\d+)", subprocess.run([go, "version"], capture_output=True, text=True).stdout
    )
    if (int(found[1]), int(found[2])) < (int(wanted[1]), int(wanted[2])):
        skip(f"these clients need Go {wanted[1]}.{wanted[2]}, and here is {found[1]}.{found[2]}")
    program = os.path.join(WORK, "go", name)
    with once("go", "always"):
        subprocess.run(
            [go, "build", "-o", program, f"./{name}"],
            cwd=os.path.join(HERE, "go"),
            check=True,
            env=dict(os.environ, GOFLAGS="-mod=readonly", GOTOOLCHAIN="local"),
        )
    return [program]


def node_agent(name="node"):
    """The command of tests/interop/NAME/agent.js, with its packages installed beside a copy of it."""
    node, npm = need("node"), need("npm")
    source = os.path.join(HERE, name)
    with open(os.path.join(source, "package.json")) as file:
        package = file.read()
    with once(name, package) as (folder, install):
        if install:
            shutil.copy(os.path.join(source, "package.json"), folder)
            command = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
            subprocess.run(command, cwd=folder, check=True)
        shutil.copy(os.path.join(source, "agent.js"), folder)
    return [node, os.path.join(folder, "agent.js")]


def java_libraries(name):
    """The folder for tests/interop/NAME, with the libraries of its pom.xml in lib/."""
    maven = need("mvn")
    source = os.path.join(HERE, name)
    with open(os.path.join(source, "pom.xml")) as file:
        pom = file.read()
    with once(name, pom) as (folder, install):
        if install:
            shutil.rmtree(os.path.join(folder, "lib"), ignore_errors=True)
            output = "-DoutputDirectory=" + os.path.join(folder, "lib")
            subprocess.run(
                [maven, "-q", "-B", "dependency:copy-dependencies", output], cwd=source, check=True
            )
    return folder


def java_command(*class_path, settings=()):
    """The command before CLASS and arguments."""
    quick = ["-Xmx256M", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    return [need("java"), *quick, *settings, "-cp", os.pathsep.join(class_path)]


def kafka_tool():
    """The command before CLASS and arguments that runs one of Kafka's own tools (Java)."""
    logging = "-Dlog4j2.configurationFile=" + os.path.join(HERE, "java", "log4j2.xml")
    return java_command(os.path.join(java_libraries("java"), "lib", "*"), settings=[logging])


def rabbitmq_java_agent():
    """The command of tests/interop/rabbitmq_java, compiled here."""
    compiler, folder = need("javac"), java_libraries("rabbitmq_java")
    libraries, classes = os.path.join(folder, "lib", "*"), os.path.join(folder, "classes")
    sources = glob.glob(os.path.join(HERE, "rabbitmq_java", "*.java"))
    with once("rabbitmq_java_classes", "always"):
        subprocess.run([compiler, "-cp", libraries, "-d", classes, *sources], check=True)
    return [*java_command(classes, libraries), "Agent"]


def perf_test():
    """The command before arguments that runs RabbitMQ's PerfTest."""
    libraries = os.path.join(java_libraries("rabbitmq_java"), "lib", "*")
    return [*java_command(libraries), "com.rabbitmq.perf.PerfTest"]


def rabbitmqadmin():
    """The command of RabbitMQ's own tool for its management API, from Debian's package of the broker."""
    if program := shutil.which("rabbitmqadmin"):
        return [sys.executable, program]
    apt, dpkg = need("apt-get"), need("dpkg-deb")
    with once("rabbitmqadmin", "rabbitmq-server") as (folder, install):
        if install:
            subprocess.run([apt, "-q", "download", "rabbitmq-server"], cwd=folder, check=True)
            package = next(name for name in os.listdir(folder) if name.endswith(".deb"))
            subprocess.run([dpkg, "-x", package, "package"], cwd=folder, check=True)
    for path, _, names in os.walk(os.path.join(folder, "package")):
        if "rabbitmqadmin" in names:
            return [sys.executable, os.path.join(path, "rabbitmqadmin")]
    return skip("the package rabbitmq-server has no rabbitmqadmin")


def librdkafka_agent():
    """The command of librdkafka_agent.cpp, which the build puts beside weir."""
    return [
        os.path.join(os.path.dirname(os.environ.get("WEIR_BINARY", "build/release/weir")), "librdkafka_agent")
    ]
