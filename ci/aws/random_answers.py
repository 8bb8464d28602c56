#!/usr/bin/env python3
"""Write answers that our parser must understand as botocore does: random values of every operation's output, as bytes.

    random_answers.py OUT.ndjson [COUNT [LONGEST]]
    random_answers.py tests/fixtures/aws/random-answers.ndjson 1 5000    what every test run reads

Every operation of src/provider/aws/schema.json gets COUNT answers (4), but none whose line has more than LONGEST
characters. Each is a value made up from botocore's output
shape, put into bytes by LocalStack's serialiser for servers, and read back by botocore's parser: a line has the bytes,
the headers, and what botocore read. `tests/it/aws_answers.rs` reads the lines with our parser. What is skipped is
counted by reason. Needs botocore and localstack-core (tests/random-answers.txt). The same every time.
"""

import base64
import collections
import datetime
import functools
import io
import json
import pathlib
import random
import sys

import botocore.parsers
from botocore.awsrequest import HeadersDict
from localstack.aws.protocol.serializer import create_serializer
from localstack.aws.spec import load_service

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "src/provider/aws/schema.json"
# How deep structures and lists are filled.
DEPTH = 5
TEXTS = [
    "", "x", "a <b> & \"c\"", "tab\tnew", "ünï 漢字 🚀", "0", "true", "null", "arn:aws:s3:::x", " lead", "it's", "{\"a\":1}",
    "line\nbreak", "]]>", "%20+", "trail ",
]  # fmt: skip
# In headers, only what may stand there.
HEADERS = ["hv", "a b", "0", "x=y; z"]
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
UTC = datetime.timezone.utc


class Maker:
    """Random values of shapes."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def value(self, shape, depth=0):
        make = getattr(self, shape.type_name, None)
        return make(shape, depth)

    def structure(self, shape, depth):
        if getattr(shape, "is_document_type", False):
            return self.random.choice([{"a": 1, "b": ["x", None, 1.5]}, "text", 7, [True], {}])
        # One and only one member of a union is set, however deep it is.
        if getattr(shape, "is_tagged_union", False):
            name = self.random.choice(list(shape.members))
            return {name: self.value(shape.members[name], depth + 1)}
        made = {}
        for name, member in shape.members.items():
            nested = member.type_name in ("structure", "list", "map")
            often = 0.85 if depth < 2 else 0.5
            if depth > DEPTH and nested:
                continue
            if name in shape.required_members or self.random.random() < often:
                made[name] = self.value(member, depth + 1)
        return made

    def list(self, shape, depth):
        count = self.random.choice([0, 1, 1, 2, 3] if depth < DEPTH - 1 else [0, 1])
        return [self.value(shape.member, depth + 1) for _ in range(count)]

    def map(self, shape, depth):
        names = getattr(shape.key, "enum", None) or ["a", "b c", "ü.1", "<k>&", "Key"]
        count = min(len(names), self.random.choice([0, 1, 2]))
        return {name: self.value(shape.value, depth + 1) for name in self.random.sample(list(names), count)}

    def string(self, shape, _):
        if shape.serialization.get("jsonvalue"):
            return {"a": 1} if shape.serialization.get("location") else json.dumps({"a": 1})
        # Read as what it says, by botocore's handler and by us.
        if shape.name == "policyDocumentType":
            return json.dumps(DOCUMENT)
        if getattr(shape, "enum", None):
            return self.random.choice(shape.enum)
        return self.random.choice(HEADERS if shape.serialization.get("location") else TEXTS)

    character = string

    def integer(self, shape, _):
        if shape.serialization.get("location") == "statusCode":
            return 200
        values = [0, 1, -5, 2**31 - 1] + ([2**53 + 1, 2**62, -(2**63)] if shape.type_name == "long" else [])
        return self.random.choice(values)

    long = integer

    def float(self, *_):
        return self.random.choice([0.0, 1.5, -2.25, 1e10, 0.1, 1e-7])

    double = float

    def boolean(self, *_):
        return self.random.choice([True, False])

    def blob(self, *_):
        return self.random.choice([b"", b"abc", b"\x00\xff\x10", "ü".encode()])

    def timestamp(self, *_):
        draw = self.random.randint
        return datetime.datetime(draw(1999, 2040), draw(1, 12), draw(1, 28), draw(0, 23), draw(0, 59), 9, tzinfo=UTC)


def plain(value):
    """A value of botocore as our parser has it."""
    match value:
        case dict():
            return {name: plain(member) for name, member in value.items() if name != "ResponseMetadata"}
        case list() | tuple():
            return [plain(element) for element in value]
        case bytes():
            return base64.b64encode(value).decode()
        case datetime.datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case _ if hasattr(value, "read"):
            return base64.b64encode(value.read()).decode()
    return value


def decoded(service, value, shape):
    """botocore decodes IAM's documents after its parser, in a handler; of Route 53's ids requests take the last part."""
    again = functools.partial(decoded, service)
    match shape.type_name:
        case "structure" if isinstance(value, dict) and not getattr(shape, "is_document_type", False):
            members = {name: member for name, member in value.items() if name in shape.members}
            return {name: again(member, shape.members[name]) for name, member in members.items()}
        case "list" if isinstance(value, list):
            return [again(element, shape.member) for element in value]
        case "map" if isinstance(value, dict):
            return {name: again(member, shape.value) for name, member in value.items()}
    if service == "iam" and shape.name == "policyDocumentType":
        return json.loads(value)
    if service == "route53" and shape.name in ("ResourceId", "ChangeId", "DelegationSetId"):
        return value.rsplit("/", 1)[-1]
    return value


def answers(service, operation, protocol, count, skipped):
    try:
        model = load_service(service)
        described = model.operation_model(operation)
    except Exception as error:
        skipped[f"not known to the serialiser: {service}:{operation} ({error})"] += 1
        return
    # Where a service speaks several, the serialiser has one of its own choice.
    model.metadata.update(protocol=protocol, protocols=[protocol])
    shape = described.output_shape
    if shape is None:
        skipped["answers nothing"] += 1
        return
    for number in range(count):
        made = Maker(f"{service}:{operation}:{number}").value(shape)
        try:
            response = create_serializer(model).serialize_to_response(made, described, HeadersDict(), "request-1")
            body = response.get_data()
        except Exception as error:
            skipped[f"not serialised: {service}:{operation} ({type(error).__name__} {error})"] += 1
            continue
        headers = dict(response.headers)
        given = io.BytesIO(body) if described.has_streaming_output else body
        answer = {"body": given, "headers": HeadersDict(headers), "status_code": response.status_code}
        try:
            read = botocore.parsers.create_parser(protocol).parse(answer, shape)
        except Exception as error:
            skipped[f"not read by botocore: {service}:{operation} ({error})"] += 1
            continue
        yield {
            "service": service,
            "operation": operation,
            "status": response.status_code,
            "headers": headers,
            "body": base64.b64encode(body).decode(),
            "expected": plain(decoded(service, read, shape)),
        }


def main():
    out, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 4
    longest = int(sys.argv[3]) if len(sys.argv) > 3 else None
    services = json.loads(SCHEMA.read_text())["services"]
    skipped, written, operations = collections.Counter(), 0, 0
    with open(out, "w") as lines:
        for service, described in services.items():
            protocol = described["metadata"]["protocol"]
            for operation in described["operations"]:
                before = written
                for answer in answers(service, operation, protocol, count, skipped):
                    line = json.dumps(answer, ensure_ascii=False)
                    if longest and len(line) > longest:
                        skipped["too long"] += 1
                        continue
                    lines.write(line + "\n")
                    written += 1
                operations += written > before
    print(f"{written} answers of {operations} operations; skipped: {dict(sorted(skipped.items()))}")


if __name__ == "__main__":
    main()
