#!/usr/bin/env python3
"""Check the AWS catalogue against botocore's service models.

Every operation, parameter, required parameter, page size, path, enum value, property type, edge, batch key, error code
and deletion of every entry must be what AWS's own models say. What is wrong is printed, one line each; exit 1.

    check_catalogue.py               check src/provider/aws/kinds/*.yaml
    check_catalogue.py --self-test   plant mistakes, and check that each is reported

Needs botocore and PyYAML.
"""

import argparse
import copy
import pathlib
import re
import sys

import yaml
from botocore.loaders import Loader
from botocore.model import ServiceModel
from gen_schema import paginators

ROOT = pathlib.Path(__file__).resolve().parents[2]
KINDS = ROOT / "src/provider/aws/kinds"
BASE_KINDS = ROOT / "src/model/base_kinds.yaml"

# What properties of base kinds may say, whatever the provider calls it.
WORDS = {
    "instance_status": {"running", "stopped", "terminated", "busy", "unknown"},
    "volume_status": {"in-use", "available", "busy", "error", "deleted", "unknown"},
    "db_status": {"available", "stopped", "terminated", "failed", "busy", "unknown"},
    "queue_type": {"standard", "fifo"},
}
PRIMITIVES = {
    "string": "string", "character": "string", "blob": "string", "integer": "int", "long": "int", "float": "float",
    "double": "float", "boolean": "bool", "timestamp": "datetime", "structure": "object", "map": "object",
    "list": "list",
}
# Services whose models do not list the errors of their operations.
UNMODELLED_ERRORS = {"ec2", "elasticbeanstalk", "s3"}
# What any template may name besides members of the item.
KNOWN = {"id", "name", "account", "region", "partition"}

loader = Loader(include_default_search_paths=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--self-test", action="store_true", help="plant mistakes and see them reported")
    if parser.parse_args().self_test:
        sys.exit(self_test())
    checker = Checker(entries())
    checker.check()
    print("\n".join(checker.errors) or "no errors")
    print(", ".join(f"{count} {what}" for what, count in checker.counts.items()))
    sys.exit(bool(checker.errors))


def entries():
    return [kind for file in sorted(KINDS.glob("*.yaml")) for kind in yaml.safe_load(file.read_text())["kinds"]]


def base_properties():
    kinds = {kind["name"]: kind for kind in yaml.safe_load(BASE_KINDS.read_text())}

    def inherited(name):
        kind = kinds[name]
        found = {}
        for base in kind.get("bases", []):
            found.update(inherited(base))
        found.update(kind.get("properties", {}))
        return found

    return {name: inherited(name) for name in kinds}


class Models:
    """botocore's models, each loaded once."""

    def __init__(self):
        self.services, self.paginators = {}, {}

    def operation(self, call):
        service, _, name = call.partition(":")
        if service not in self.services:
            self.services[service] = ServiceModel(loader.load_service_model(service, "service-2"), service)
            self.paginators[service] = paginators(service, loader.load_service_model(service, "service-2"))
        return self.services[service].operation_model(name), self.paginators[service].get(name)


MODELS = Models()


class Anything:
    """A value that the models do not describe: what JSON in a text says, or what was already reported."""

    type_name = "anything"


class Text:
    """A text that the catalogue itself has."""

    type_name = "string"
    name = "text"
    metadata = {}


class Members:
    """An item: the members of a shape, and the details that were put beside them."""

    type_name = "structure"
    name = "item"

    def __init__(self, members, open_to=None):
        self.members, self.open_to = dict(members), open_to


class Many:
    """A list of values of one shape."""

    type_name = "list"
    name = "list"

    def __init__(self, member):
        self.member = member


ANYTHING = Anything()


def split(path):
    """A path's steps: names, and what is in brackets as tuples."""
    steps = []
    for name, brackets in re.findall(r"([^.\[\]]+)((?:\[[^\]]*\])*)", path.strip().removeprefix("$.")):
        steps.append(name)
        steps += [(inside,) for inside in re.findall(r"\[([^\]]*)\]", brackets)]
    return steps


class Checker:
    def __init__(self, kinds):
        self.kinds = {kind["kind"]: kind for kind in kinds}
        self.base = base_properties()
        self.errors, self.items, self.listed = [], {}, {}
        self.counts = dict.fromkeys(["kinds", "calls", "parameters", "paths", "enums", "types", "edges", "deletions", "tags"], 0)

    def check(self):
        for kind in self.kinds.values():
            self.counts["kinds"] += 1
            self.entry(kind)

    def error(self, where, problem):
        self.errors.append(f"{where}: {problem}")

    # Entries

    def entry(self, kind):
        name = kind["kind"]
        for base in self.bases(kind):
            if base not in self.base and base not in self.kinds:
                self.error(name, f"no base kind {base!r}")
        if "list" not in kind:
            return
        item = self.item(name)
        if item is ANYTHING:
            return
        for field in ["id", "name", "tags", "ctime", "mtime", "atime", "zone", "region", "protected"]:
            if field in kind:
                self.expression(kind[field], item, f"{name}.{field}", KNOWN)
        for sign in kind.get("owned", []):
            self.expression(sign, item, f"{name}.owned", KNOWN)
        for time in ["ctime", "mtime", "atime"]:
            if time in kind:
                self.time(kind[time], item, f"{name}.{time}")
        properties = set(kind.get("props") or {}) | KNOWN
        for field in ["arn", "link"]:
            if field in kind:
                self.expression(kind[field], item, f"{name}.{field}", properties | {"arn"})
        inherited = {}
        for base in self.bases(kind):
            inherited.update(self.base.get(base, {}))
        for prop, expression in (kind.get("props") or {}).items():
            where = f"{name}.{prop}"
            node = self.expression(expression, item, where, KNOWN)
            self.property(prop, expression, node, inherited.get(prop), where)
        for edge in kind.get("edges", []):
            self.edge(edge, item, name)
        if "delete" in kind:
            self.delete(kind, name)
        if "tag" in kind:
            self.tag(kind, name)

    def bases(self, kind):
        bases = kind.get("is", "resource")
        return bases if isinstance(bases, list) else [bases]

    def item(self, name):
        """The shape of a kind's items after all details were read; checks the calls on the way."""
        if name in self.items:
            return self.items[name]
        kind, where = self.kinds[name], f"{name}.list"
        listing = kind["list"]
        parent = None
        if "each" in listing:
            if listing["each"] not in self.kinds:
                self.error(where, f"no parent {listing['each']!r}")
                self.items[name] = ANYTHING
                return ANYTHING
            self.item(listing["each"])
            # Details of the parent are not there yet when what is under it is listed.
            parent = self.listed.get(listing["each"], ANYTHING)
        elif "of" in listing:
            parent = Members({"_": Text()})
        scope = parent or Members({})
        if "call" in listing:
            if parent is not None and "batch" in listing:
                self.path(parent, listing["batch"]["key"], f"{where} batch.key")
            found = self.call(listing, scope, where)
            self.page(listing, where)
        elif parent is None:
            self.error(where, "neither `call` nor `each` nor `of`")
            found = ANYTHING
        else:
            found = self.path(parent, listing["batch"]["key"] if "batch" in listing else listing["items"], where, elements=True)
        item = self.flat(found)
        if item is not ANYTHING and parent is not None and "batch" not in listing:
            # What is listed under a value has the value itself as parent, not an object with it.
            bare = isinstance(parent, Members) and set(parent.members) == {"_"} and parent.open_to is None
            item.members["_parent"] = parent.members["_"] if bare else parent
        if "only" in listing and item is not ANYTHING:
            signs = listing["only"] if isinstance(listing["only"], list) else [listing["only"]]
            for sign in signs:
                self.expression(sign, item, where, set())
        self.listed[name] = Members(item.members, item.open_to) if item is not ANYTHING else ANYTHING
        for number, step in enumerate(kind.get("enrich", [])):
            if item is ANYTHING:
                break
            self.enrich(step, item, f"{name}.enrich[{number}] {step['call']}")
        self.items[name] = item
        return item

    def flat(self, node):
        if node is ANYTHING:
            return ANYTHING
        if node.type_name == "structure":
            return Members(node.members)
        if node.type_name == "map":
            return Members({}, node.value)
        return Members({"_": node})

    def enrich(self, step, item, where):
        for condition in ["when", "unless"]:
            if condition in step:
                self.expression(step[condition], item, where, KNOWN)
        if "region" in step:
            self.path(item, step["region"], where)
        scope = item
        if "each" in step:
            value = self.path(item, step["each"], where)
            scope = Members({**item.members, "_": value})
        node = self.call(step, scope, where)
        if node is ANYTHING:
            return
        many = "[]" in step.get("items", "")
        if "batch" in step:
            self.path(item, step["batch"]["key"], f"{where} batch.key")
            self.path(self.flat(node), step["batch"].get("join", step["batch"]["key"]), f"{where} batch.join")
            if "by" in step["batch"]:
                self.path(item, step["batch"]["by"], f"{where} batch.by")
            many = step["batch"].get("many", False)
            if ("size" in step["batch"]) != ("$batch" in str(step.get("params"))):
                self.error(where, "`batch.size` and `$batch` go together")
        if "into" in step:
            if not step["into"].startswith("_"):
                self.error(where, f"`into` needs an underscore: {step['into']!r}")
            item.members[step["into"]] = Many(node) if many else node
        elif node.type_name == "structure":
            item.members.update(node.members)
        elif node.type_name == "map":
            item.open_to = node.value
        else:
            self.error(where, f"a {node.type_name} needs `into`")

    # Calls

    def operation(self, call, where):
        self.counts["calls"] += 1
        try:
            return MODELS.operation(call)
        except Exception as problem:
            self.error(where, f"no call {call!r} ({problem})")
            return None

    def call(self, step, scope, where, known=frozenset()):
        """Checks a call and its parameters; the shape that its `items` lead to."""
        found = self.operation(step["call"], where)
        if found is None:
            return ANYTHING
        operation, _ = found
        self.parameters(step.get("params") or {}, operation.input_shape, scope, where, known)
        for field in ["absent", "gone"]:
            codes = step.get(field)
            if isinstance(codes, list):
                self.codes(codes, operation, where)
        output = operation.output_shape
        if output is None:
            return Members({})
        return self.path(output, step["items"], where, elements=True) if "items" in step else output

    def page(self, listing, where):
        found = self.operation(listing["call"], where)
        if found is None:
            return
        operation, paginator = found
        limit = (paginator or {}).get("limit_key")
        if "page" not in listing:
            if limit and listing["call"].startswith("ec2:") and "each" not in listing:
                self.error(where, "EC2 throttles listings without a page size: give `page`")
            return
        if not limit:
            self.error(where, f"{listing['call']} has no page size")
            return
        bounds = operation.input_shape.members[limit].metadata
        if not bounds.get("min", 1) <= listing["page"] <= bounds.get("max", listing["page"]):
            self.error(where, f"page size {listing['page']} is not within {bounds}")

    def codes(self, codes, operation, where):
        if operation.service_model.service_name in UNMODELLED_ERRORS or not operation.error_shapes:
            return
        modelled = set()
        for shape in operation.error_shapes:
            modelled |= {shape.name, shape.metadata.get("error", {}).get("code", shape.name)}
        # A service may model an error on some of its operations only.
        known = set(modelled)
        for name in operation.service_model.shape_names:
            shape = operation.service_model.shape_for(name)
            if shape.type_name == "structure" and shape.metadata.get("exception"):
                known |= {name, shape.metadata.get("error", {}).get("code", name)}
        if not set(codes) & known:
            self.error(where, f"none of {codes} is an error of {operation.service_model.service_name}")

    def parameters(self, params, shape, scope, where, known):
        members = shape.members if shape is not None else {}
        for name, value in params.items():
            self.counts["parameters"] += 1
            if name not in members:
                self.error(where, f"no parameter {name!r}")
            else:
                self.parameter(value, members[name], scope, f"{where} {name}", known)
        for name in shape.required_members if shape is not None else []:
            if name not in params and "idempotencyToken" not in members[name].metadata:
                self.error(where, f"parameter {name!r} is required")

    def parameter(self, value, shape, scope, where, known):
        if isinstance(value, dict) and shape.type_name == "structure":
            return self.parameters(value, shape, scope, where, known)
        if isinstance(value, dict) and shape.type_name == "map":
            for name, element in value.items():
                self.parameter(name, shape.key, scope, where, known)
                self.parameter(element, shape.value, scope, where, known)
            return None
        if isinstance(value, list) and shape.type_name == "list":
            for element in value:
                self.parameter(element, shape.member, scope, where, known)
            return None
        if isinstance(value, str) and value == "$batch":
            if shape.type_name != "list":
                self.error(where, "`$batch` is a list")
            return None
        if isinstance(value, str) and value.startswith("$."):
            return self.path(scope, value, where)
        if isinstance(value, str) and "{" in value:
            return self.template(value, scope, where, known)
        expected = {str: {"string"}, bool: {"bool"}, int: {"int", "float"}}.get(type(value))
        if expected is None or PRIMITIVES.get(shape.type_name) not in expected:
            return self.error(where, f"{value!r} is no {shape.type_name}")
        if getattr(shape, "enum", None) and value not in shape.enum:
            self.error(where, f"{value!r} is none of {shape.enum}")
        return None

    # Paths and expressions

    def path(self, node, path, where, elements=False):
        """The shape that a path leads to; a list where it stands for many, unless its elements are asked for."""
        result = None
        for alternative in path.split("||"):
            found = self.alternative(node, alternative, where, elements)
            result = found if result is None else result
        return result

    def alternative(self, node, path, where, elements):
        self.counts["paths"] += 1
        current, many = node, False
        for step in split(path):
            if current is ANYTHING:
                return ANYTHING
            if isinstance(step, tuple):
                if re.fullmatch(r"-?\d+", step[0]) and many:
                    many = False
                    continue
                if step[0] == "" and current.type_name == "map":
                    current, many = current.value, True
                    continue
                if current.type_name != "list":
                    self.error(where, f"[{step[0]}] of a {current.type_name} in {path.strip()!r}")
                    return ANYTHING
                current = current.member
                if "=" in step[0]:
                    self.member(current, step[0].split("=")[0], path, where)
                many = many or not re.fullmatch(r"-?\d+", step[0])
                continue
            current = self.member(current, step, path, where)
        return Many(current) if many and not elements and current is not ANYTHING else current

    def member(self, node, name, path, where):
        if node.type_name == "structure":
            if name in node.members:
                return node.members[name]
            if getattr(node, "open_to", None) is not None:
                return node.open_to
            self.error(where, f"no member {name!r} in {getattr(node, 'name', 'item')}, path {path.strip()!r}")
        elif node.type_name == "map":
            return node.value
        elif name == "_":
            return node
        else:
            self.error(where, f"member {name!r} of a {node.type_name}, path {path.strip()!r}")
        return ANYTHING

    def template(self, text, scope, where, known):
        for path in re.findall(r"{([^}]+)}", text):
            name = split(path)[0]
            if name not in known | KNOWN:
                self.path(scope, path, where)

    def expression(self, expression, node, where, known):
        """Checks an expression; the shape its path leads to, or nothing where it has none."""
        if isinstance(expression, str):
            if "{" in expression:
                return self.template(expression, node, where, known)
            return self.path(node, expression, where)
        if "tag" in expression or "tags" in expression:
            pairs = self.path(node, expression.get("tags") or expression.get("from", "Tags"), where)
            if pairs is not ANYTHING:
                if pairs.type_name != "list":
                    return self.error(where, f"tags in a {pairs.type_name}")
                for field, default in [("key", "Key"), ("value", "Value")]:
                    self.member(pairs.member, expression.get(field, default), "tags", where)
            return None
        if "obj" in expression or "each" in expression:
            inner = self.path(node, expression.get("obj") or expression["each"], where, elements=True)
            if inner is not ANYTHING:
                for name, member in expression["map"].items():
                    self.expression(member, inner, f"{where}.{name}", known)
            return None
        if "values" in expression:
            inner = self.path(node, expression["values"], where)
            if inner is not ANYTHING and inner.type_name != "map":
                return self.error(where, f"values of a {inner.type_name}")
            for name, member in expression["map"].items():
                self.expression(member, getattr(inner, "value", ANYTHING), f"{where}.{name}", known)
            return None
        if "template" in expression:
            return self.template(expression["template"], node, where, known)
        if "path" not in expression:
            return None
        shape = self.path(node, expression["path"], where)
        if "eq" in expression and isinstance(expression["eq"], str) and "{" not in expression["eq"]:
            self.value(expression["eq"], shape, where)
        if "enum" in expression:
            self.enum(expression, shape, where)
        if "snake" in expression and "json" not in expression:
            self.no_free_keys(shape, where, set())
        return shape

    def value(self, value, shape, where):
        enum = getattr(shape, "enum", None)
        if enum and value not in enum:
            self.error(where, f"{value!r} is none of {enum}")

    def enum(self, expression, shape, where):
        values = getattr(shape, "enum", None)
        if values:
            self.counts["enums"] += 1
            mapped = [str(key) for key in expression["enum"]]
            for value in values:
                if value not in mapped:
                    self.error(where, f"enum value {value!r} has no word")
            for value in mapped:
                if value not in values:
                    self.error(where, f"{value!r} is no value of {shape.name}")
        words = WORDS.get(where.split(".")[-1])
        for word in [*expression["enum"].values(), expression.get("default")]:
            if words and word is not None and word not in words:
                self.error(where, f"{word!r} is none of {sorted(words)}")

    def no_free_keys(self, shape, where, seen):
        if shape is None or shape is ANYTHING or id(shape) in seen:
            return
        seen.add(id(shape))
        if shape.type_name == "map":
            self.error(where, "`snake` would change the keys of a map")
        elif shape.type_name == "list":
            self.no_free_keys(shape.member, where, seen)
        elif shape.type_name == "structure":
            if getattr(shape, "name", None) in seen:
                return
            seen.add(getattr(shape, "name", None))
            for member in shape.members.values():
                self.no_free_keys(member, where, seen)

    def time(self, expression, item, where):
        if isinstance(expression, str):
            before = len(self.errors)
            shape = self.path(item, expression, where)
            # Some services send a time as text; RFC 3339 is read there too.
            if len(self.errors) == before and shape.type_name not in ["timestamp", "string"]:
                self.error(where, f"a {shape.type_name} is no time")

    def property(self, prop, expression, shape, inherited, where):
        """Checks that a property has the type that queries will expect."""
        plain = isinstance(expression, str)
        if shape is None or shape is ANYTHING:
            return
        transformed = not plain and set(expression) - {"path", "type", "snake", "default", "lower", "basename"}
        if transformed:
            return
        self.counts["types"] += 1
        actual = PRIMITIVES[shape.type_name]
        declared = inherited or (None if plain else expression.get("type"))
        if declared is None:
            declared = {"list": "list", "object": "object" if not plain else "string"}.get(actual, "string")
        if actual != declared and (actual, declared) != ("int", "float"):
            self.error(where, f"the model says {actual}, the catalogue {declared}")

    # Edges and deletions

    def edge(self, edge, item, name):
        self.counts["edges"] += 1
        other = edge.get("to") or edge.get("from")
        where = f"{name} edge to {other}"
        if other not in self.kinds and other not in self.base:
            return self.error(where, "no such kind")
        first = {("from", "same"): name, ("to", "reverse"): name, ("from", "reverse"): other, ("to", "same"): other}
        waits_for = first.get(("to" if "to" in edge else "from", edge.get("delete")))
        if waits_for is not None and "delete" not in self.kinds.get(waits_for, {"delete": None}):
            self.error(where, f"{waits_for} cannot be deleted, so nothing can wait for that: leave `delete` out")
        if "when" in edge:
            self.expression(edge["when"], item, where, KNOWN)
        for prop, expression in edge["match"].items():
            kind = self.kinds.get(other, {})
            has = {"id", "name", *(kind.get("props") or {}), *(["arn"] if "arn" in kind else [])}
            has |= self.base.get(other, {}).keys()
            if other in self.base:
                # Some of the kinds that inherit from it have it; the others are no match.
                heirs = [heir for heir in self.kinds.values() if other in ["resource", *self.bases(heir)]]
                has |= {prop for heir in heirs for prop in [*(heir.get("props") or {}), *(["arn"] if "arn" in heir else [])]}
            if prop not in has:
                self.error(where, f"{other} has no property {prop!r}")
            self.expression(expression, item, where, KNOWN)
        return None

    def delete(self, kind, name):
        self.counts["deletions"] += 1
        delete = kind["delete"]
        known = KNOWN | set(kind.get("props") or {}) | ({"arn"} if "arn" in kind else set()) | {"edges"}
        # What steps find is only known by name: properties of the resource, whose shapes are the catalogue's own.
        scope = Members({prop: ANYTHING for prop in known})
        for number, step in enumerate(delete.get("before", [])):
            where = f"{name}.delete.before[{number}] {step['call']}"
            inner = scope
            if "each" in step:
                value = self.path(scope, step["each"], where, elements=True)
                inner = Members({**scope.members, **getattr(value, "members", {}), "_": value})
                if value is ANYTHING:
                    inner.open_to = ANYTHING
            if "when" in step:
                self.expression(step["when"], inner, where, known)
            found = self.call(step, inner, where, known=frozenset(known))
            if ("items" in step) != ("into" in step):
                self.error(where, "`items` and `into` go together")
            if "into" in step:
                scope.members[step["into"]] = Many(found) if found is not ANYTHING else ANYTHING
        where = f"{name}.delete"
        self.call({key: delete[key] for key in ["call", "params", "absent"] if key in delete}, scope, where, known=known)
        if "refused" in delete:
            self.path(MODELS.operation(delete["call"])[0].output_shape, delete["refused"], where)
        if "gone" in delete:
            gone = delete["gone"]
            found = self.operation(gone["call"], f"{where}.gone")
            if found is None:
                return
            operation = found[0]
            self.parameters(gone.get("params") or {}, operation.input_shape, scope, f"{where}.gone", known)
            state = self.path(operation.output_shape, gone["state"], f"{where}.gone", elements=True)
            for value in [*gone.get("is", []), *gone.get("failed", [])]:
                self.value(value, state, f"{where}.gone")


    def tag(self, kind, name):
        self.counts["tags"] += 1
        known = frozenset(KNOWN | set(kind.get("props") or {}) | ({"arn"} if "arn" in kind else set()) | {"key", "value"})
        pair = Members({"Key": ANYTHING, "Value": ANYTHING})
        scope = Members({**{prop: ANYTHING for prop in known}, "all_tags": Many(pair)})
        for verb in ["set", "remove"]:
            step, where = kind["tag"][verb], f"{name}.tag.{verb}"
            self.call(step, scope, where, known=known)
            params = str(step.get("params"))
            for word in ["{key}", "{value}"] if verb == "set" else ["{key}"]:
                if word not in params and "$.all_tags" not in params:
                    self.error(where, f"`{word}` is not in the parameters")


# The self-test


def self_test():
    """Plants one mistake at a time; the number of those that went unnoticed."""

    def plant(kind, *place, to):
        def change(kinds):
            at = planted = next(entry for entry in kinds if entry["kind"] == kind)
            for step in place[:-1]:
                at = at[step]
            if to is None:
                del at[place[-1]]
            else:
                at[place[-1]] = to
            return planted

        return change

    mistakes = {
        "operation": plant("aws_vpc", "list", "call", to="ec2:DescribeVpc"),
        "items": plant("aws_vpc", "list", "items", to="Vpc[]"),
        "parameter": plant("aws_ec2_snapshot", "list", "params", to={"OwnerId": ["self"]}),
        "nested parameter": plant("aws_ec2_instance", "enrich", 0, "params", "Filters", 0, to={"Nam": "x"}),
        "required parameter": plant("aws_elb", "enrich", 1, "params", to={}),
        "parameter path": plant("aws_alb", "enrich", 1, "params", to={"LoadBalancerArn": "$.LoadBalancerARN"}),
        "parameter value": plant("aws_cloudwatch_alarm", "list", "params", to={"AlarmTypes": ["Metric"]}),
        "parameter type": plant("aws_ec2_snapshot", "list", "params", to={"OwnerIds": "self"}),
        "page size": plant("aws_ec2_volume", "list", "page", to=None),
        "page size range": plant("aws_lambda_function", "list", "page", to=20000),
        "id": plant("aws_ec2_volume", "id", to="VolumeID"),
        "tag list": plant("aws_ec2_network_interface", "tags", to={"tags": "Tags"}),
        "property path": plant("aws_ec2_instance", "props", "instance_key_name", to="KeyNam"),
        "nested property path": plant("aws_s3_bucket", "props", "bucket_encryption_rules", "map", "x", to="Absent"),
        "detail path": plant("aws_ec2_instance", "props", "instance_memory", "path", to="_type.Memory.SizeInMiB"),
        "index of no list": plant("aws_ec2_instance", "props", "instance_key_name", to="KeyName[0]"),
        "selected member": plant("aws_iam_policy", "props", "policy_document", "path", to="PolicyVersionList[IsDefault=true][0].Document"),
        "property type": plant("aws_ec2_instance", "props", "instance_ebs_optimized", "type", to="string"),
        "undeclared type": plant("aws_vpc", "props", "vpc_is_default", to="IsDefault"),
        "inherited type": plant("aws_ec2_volume", "props", "volume_size", to="VolumeType"),
        "enum value that is none": plant("aws_ec2_volume", "props", "volume_status", "enum", "gone", to="deleted"),
        "enum value left out": plant("aws_ec2_volume", "props", "volume_status", "enum", "error", to=None),
        "word that is none": plant("aws_ec2_volume", "props", "volume_status", "enum", "error", to="broken"),
        "snake over free keys": plant("aws_lambda_function", "props", "x", to={"path": "Environment", "snake": True}),
        "time": plant("aws_ec2_volume", "ctime", to="Size"),
        "arn": plant("aws_ec2_volume", "arn", to="arn:{partitoin}:x"),
        "edge kind": plant("aws_ec2_volume", "edges", 0, "from", to="aws_ec2_instnace"),
        "edge path": plant("aws_ec2_volume", "edges", 0, "match", to={"id": "Attachments[].Instance"}),
        "edge that waits for ever": plant("aws_sagemaker_labeling_job", "edges", 0, "delete", to="reverse"),
        "edge property": plant("aws_ec2_volume", "edges", 0, "match", to={"arm": "VolumeId"}),
        "batch key": plant("aws_alb", "enrich", 0, "batch", "key", to="Arn"),
        "batch join": plant("aws_alb", "enrich", 0, "batch", "join", to="Arn"),
        "batch size without batch": plant("aws_alb", "enrich", 0, "params", to={"ResourceArns": ["x"]}),
        "parent": plant("aws_iam_access_key", "list", "each", to="aws_iam_usr"),
        "path in parent": plant("aws_iam_access_key", "list", "params", to={"UserName": "$.User"}),
        "error code": plant("aws_alb", "enrich", 1, "absent", to=["LoadBalancerMissing"]),
        "base kind": plant("aws_vpc", "is", to="netwrok"),
        "delete call": plant("aws_vpc", "delete", "call", to="ec2:RemoveVpc"),
        "delete parameter": plant("aws_vpc", "delete", "params", to={"VpcID": "{id}"}),
        "delete template": plant("aws_vpc", "delete", "params", to={"VpcId": "{vpc_id}"}),
        "delete step": plant("aws_iam_policy", "delete", "before", 1, "params", "VersionId", to="{Version}"),
        "delete step list": plant("aws_iam_policy", "delete", "before", 1, "each", to="_version[]"),
        "state when gone": plant("aws_ec2_nat_gateway", "delete", "gone", "is", to=["gone"]),
        "tag call": plant("aws_vpc", "tag", "set", "call", to="ec2:SetTags"),
        "tag parameter": plant("aws_vpc", "tag", "remove", "params", "Tags", to=[{"Kee": "{key}"}]),
        "tag without its value": plant("aws_vpc", "tag", "set", "params", "Tags", to=[{"Key": "{key}"}]),
        "tag map": plant("aws_sqs_queue", "tag", "set", "params", "Tags", to=["{key}"]),
        "detail of the parent": plant("aws_eks_nodegroup", "list", "params", to={"clusterName": "$.name"}),
        "batch by": plant("aws_ecs_service", "enrich", 0, "batch", "by", to="cluster"),
        "state path": plant("aws_ec2_nat_gateway", "delete", "gone", "state", to="NatGateways[].Status"),
    }
    kinds = entries()
    checker = Checker(copy.deepcopy(kinds))
    checker.check()
    unnoticed = [f"the catalogue itself: {error}" for error in checker.errors]
    for name, change in mistakes.items():
        planted = copy.deepcopy(kinds)
        checker = Checker(planted)
        # The rest of the catalogue was checked above.
        checker.entry(change(planted))
        if not checker.errors:
            unnoticed.append(f"not reported: {name}")
    print("\n".join(unnoticed) or f"all {len(mistakes)} planted mistakes are reported")
    return bool(unnoticed)


if __name__ == "__main__":
    main()
