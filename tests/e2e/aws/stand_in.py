"""Answers made up from botocore's models, for the operations that moto lacks.

The same question has the same answer, in two pages where an operation has pages, so that everybody who asks can be
compared. Nothing can be made or changed.
"""

import datetime
import functools
import importlib
import inspect
import io
import json
import random
import re
import string
import urllib.parse

import botocore.session
import catalogue
from moto.core.request import Request
from moto.core.responses import BaseResponse
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import camelcase_to_underscores
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

# Where moto's module is not named like the service.
MODULES = {"lambda": "awslambda"}
# Operations that moto serves under other names, and those that it has without serving them.
ELSEWHERE = {"s3:ListBuckets", "s3:GetBucketTagging", "s3:GetBucketLifecycleConfiguration"}
HOLLOW = {"ec2:DescribeReservedInstances"}
# How pages are asked for, whatever the operation.
PAGING = {"maxresults", "max-results", "nexttoken", "next-token", "marker", "maxitems", "limit", "pagesize"}
SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
# How a text that was made up ends.
MADE = re.compile(r"-[a-z0-9]{10}x*$")
# How deep structures are filled.
DEPTH = 6
PROSE = ["", "a <b> & \"c\"", "tab\tnew", "größe 漢字 🚀", "{\"a\": 1}", "it's"]  # fmt: skip


def reads(entry):
    """The calls that a kind is listed and detailed with; what has no call of its own is in the kind's above it."""
    own = [entry["list"]["call"]] if "call" in entry.get("list", {}) else []
    return own + [step["call"] for step in entry.get("enrich", [])]


def lacks(call):
    """Whether moto does not serve an operation."""
    service, operation = call.split(":")
    try:
        module = importlib.import_module(f"moto.{MODULES.get(service, service.replace('-', ''))}.responses")
    except ModuleNotFoundError:
        return True
    responses = [found for _, found in inspect.getmembers(module, inspect.isclass) if issubclass(found, BaseResponse)]
    has = any(hasattr(found, camelcase_to_underscores(operation)) for found in responses)
    return call in HOLLOW or not (has or call in ELSEWHERE)


class StandIn:
    """Answers what `app` cannot, and what is asked about something that was made up here."""

    def __init__(self, app):
        self.app = app
        self.keys, self.made, self.calls = {}, set(), {}
        for entry in catalogue.entries().values():
            for call in reads(entry):
                self.calls.setdefault(call.split(":")[0], set()).add(call)
            for step in entry.get("enrich", []):
                if "batch" in step:
                    self.keys[step["call"]] = step["items"].removesuffix("[]"), step["batch"].get("join")
        schema = json.loads((catalogue.ROOT / "src/provider/aws/schema.json").read_text())["services"]
        # By the name that requests are signed with.
        self.names = {}
        for service, described in schema.items():
            metadata = described["metadata"]
            self.names.setdefault(metadata.get("signingName") or metadata["endpointPrefix"], []).append(service)

    @functools.cache
    def lacking(self, name):
        """The services that are signed with a name, of each the operations that moto lacks; none that it serves."""
        found = {
            service: {call.split(":")[1] for call in self.calls.get(service, ()) if lacks(call)}
            for service in self.names.get(name, ())
        }
        return {service: operations for service, operations in found.items() if operations}

    def __call__(self, environ, start_response):
        scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        services = self.lacking(scope[3]) if scope else {}
        if services:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            body = environ["wsgi.input"].read(length)
            for service, operations in services.items():
                environ["wsgi.input"] = io.BytesIO(body)
                try:
                    operation, _ = get_service_router(service).match(Request(environ))
                except (NotFound, NotImplementedError):
                    continue
                question, paging = asked(operation, environ, body)
                if operation.name in operations or self.made & set(words(question)):
                    place = "home" if scope[1] == "testing" else "other", scope[2]
                    answer = self.answer(service, operation, place, question, paging)
                    return answer(environ, start_response)
            environ["wsgi.input"] = io.BytesIO(body)
        return self.app(environ, start_response)

    def answer(self, service, operation, place, question, paging):
        page = 2 if any("token" in name or "marker" in name for name in paging) else 1
        seed = json.dumps([service, operation.name, place, question, page], sort_keys=True)
        made = Maker(seed).value(operation.output_shape, "")
        # What is listed under something made up has one page: it adds up.
        turn(service, operation, made, page, last=page == 2 or bool(self.made & set(words(question))))
        items, join = self.keys.get(f"{service}:{operation.name}", (None, None))
        if join:
            # Who asks about some by their keys is told about those.
            given = next((value for value in question.values() if isinstance(value, list)), [])
            shape = operation.output_shape.members[items].member
            made[items] = [{**Maker(seed + key).value(shape, items), join: key} for key in given]
        self.made.update(words(made))
        protocol = operation.service_model.metadata["protocol"]
        serialised = get_serializer_class(service, protocol)(operation).serialize(made)
        return Response(serialised["body"], serialised["status_code"], serialised["headers"])


def asked(operation, environ, body):
    """What is asked, and how much of it: the same for whoever asks the same."""
    query = dict(urllib.parse.parse_qsl(environ.get("QUERY_STRING", "")))
    text = body.decode()
    if "x-www-form-urlencoded" in environ.get("CONTENT_TYPE", ""):
        query |= dict(urllib.parse.parse_qsl(text))
    elif text.startswith("{"):
        query |= json.loads(text)
    question = {name: value for name, value in query.items() if name.lower() not in PAGING}
    for name, member in operation.input_shape.members.items() if operation.input_shape else ():
        header = "HTTP_" + member.serialization.get("name", name).upper().replace("-", "_")
        if member.serialization.get("location") == "header" and header in environ:
            question[name] = environ[header]
    question["/"] = urllib.parse.unquote(environ.get("PATH_INFO", "")).rstrip("/")
    return question, {name.lower() for name in query} - {name.lower() for name in question}


def words(value):
    """The texts in a value that were made up; those of a path one by one."""
    match value:
        case str():
            yield from (word for word in value.split("/") if MADE.search(word))
        case dict():
            for member in value.values():
                yield from words(member)
        case list():
            for element in value:
                yield from words(element)


def turn(service, operation, made, page, last):
    """Tells of the page that follows, where there are pages; nothing that looks like one elsewhere."""
    paginators = botocore.session.get_session().get_paginator_model
    try:
        pages = paginators(service).get_paginator(operation.name)
    except ValueError:
        pages = None
    for place in [made, *(member for member in made.values() if isinstance(member, dict))]:
        for name in [name for name in place if name.lower() in PAGING | {"nextmarker", "istruncated"}]:
            del place[name]
    if pages is None:
        return
    paths = pages["output_token"]
    for path in [paths] if isinstance(paths, str) else paths:
        *above, token = path.split("||")[0].strip().split(".")
        place = made
        for name in above:
            place = place.setdefault(name, {})
        place.pop(token, None)
        if not last:
            place[token] = str(page + 1)
        if above:
            place["IsTruncated"] = not last


class Maker:
    """Values of shapes, made up: the same for the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def value(self, shape, name, depth=0):
        return getattr(self, shape.type_name)(shape, name, depth)

    def structure(self, shape, _, depth):
        if getattr(shape, "is_document_type", False):
            return {"a": 1, "b": ["x"]}
        if getattr(shape, "is_tagged_union", False):
            name = self.random.choice(list(shape.members))
            return {name: self.value(shape.members[name], name, depth + 1)}
        made = {}
        for name, member in shape.members.items():
            deep = depth > DEPTH and member.type_name in ("structure", "list", "map")
            # What identifies something is always there.
            kept = depth < 2 or re.search("(id|arn|name|code|type)$", name.lower()) or self.random.random() < 0.7
            # moto's serialiser takes a member of this name for that of an answer.
            if name == "body":
                continue
            if name in shape.required_members or (kept and not deep):
                made[name] = self.value(member, name, depth + 1)
        return made

    def list(self, shape, name, depth):
        count = 1 if depth <= 1 else 2 if depth == 2 else self.random.choice([0, 1, 2]) if depth < DEPTH else 0
        return [self.value(shape.member, name, depth + 1) for _ in range(count)]

    def map(self, shape, _, depth):
        keys = getattr(shape.key, "enum", None) or ["owner", "größe", "a b"]
        return {key: self.value(shape.value, key, depth + 1) for key in list(keys)[: self.random.choice([0, 1, 2])]}

    def string(self, shape, name, _):
        if getattr(shape, "enum", None):
            return self.random.choice(shape.enum)
        if re.search("(description|message|comment|reason)$", name.lower()):
            return self.random.choice(PROSE)
        ending = "".join(self.random.choices(string.ascii_lowercase + string.digits, k=10))
        # Long enough for most who ask about it.
        made = f"{name.lower()[:40]}-{ending}".ljust(max(20, shape.metadata.get("min", 0)), "x")
        return made[: shape.metadata.get("max", len(made))]

    character = string

    def integer(self, shape, *_):
        low = shape.metadata.get("min", 0)
        return self.random.randint(low, max(low, min(shape.metadata.get("max", 1000), 100_000)))

    long = integer

    def float(self, *_):
        return self.random.choice([0.0, 0.5, 12.25, 1e6])

    double = float

    def boolean(self, *_):
        return self.random.choice([True, False])

    def blob(self, *_):
        return self.random.choice([b"abc", b"\x00\xff"])

    def timestamp(self, *_):
        return datetime.datetime(
            2026, self.random.randint(1, 12), self.random.randint(1, 28), 3, 4, 5, tzinfo=datetime.UTC
        )
