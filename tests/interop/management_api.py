"""A client of the management API for tests: requests as tools make them, answers with their status."""

import base64
import http.client
import json
import urllib.parse

from scenario import check, equal


def quoted(*segments):
    return "/".join(urllib.parse.quote(segment, safe="") for segment in segments)


class Api:
    """One user's view of the API; every request has a connection of its own, or all one if `keep` is set."""

    def __init__(self, address, user="guest", password="guest", keep=False, tls=None):
        self.address, self.keep, self.connection, self.tls = address, keep, None, tls
        login = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.headers = {"Authorization": "Basic " + login}

    def connect(self):
        if self.tls:
            return http.client.HTTPSConnection(*self.address, timeout=60, context=self.tls)
        return http.client.HTTPConnection(*self.address, timeout=60)

    def ask(self, method, path, body=None, headers=()):
        """(status, decoded body or None, headers)"""
        if not self.connection:
            self.connection = self.connect()
        text = body if isinstance(body, str | bytes | None) else json.dumps(body)
        self.connection.request(method, "/api/" + path, text, {**self.headers, **dict(headers)})
        answer = self.connection.getresponse()
        content = answer.read()
        if not self.keep:
            self.connection.close()
            self.connection = None
        return answer.status, json.loads(content) if content else None, answer.headers

    def must(self, wanted, method, path, body=None):
        status, content, _ = self.ask(method, path, body)
        equal(status, wanted, f"the status of {method} {path}: {content}")
        return content

    def get(self, path):
        return self.must(200, "GET", path)

    def put(self, path, body=None, wanted=201):
        return self.must(wanted, "PUT", path, {} if body is None else body)

    def post(self, path, body, wanted=200):
        return self.must(wanted, "POST", path, body)

    def delete(self, path, wanted=204):
        return self.must(wanted, "DELETE", path)

    def fails(self, status, method, path, body=None, reason=""):
        content = self.must(status, method, path, body)
        check(content["error"] and reason in content["reason"], f"{method} {path}: {content}")

    def names(self, path):
        return [item["name"] for item in self.get(path)]
