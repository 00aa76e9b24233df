"""A certificate for localhost that vouches for itself, for tests of TLS."""

import os
import subprocess


def make(folder):
    """The paths of the certificate and of its key."""
    certificate, key = os.path.join(folder, "certificate"), os.path.join(folder, "key")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command += ["-keyout", key, "-out", certificate, "-days", "2"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return certificate, key
