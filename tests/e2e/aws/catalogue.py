"""The catalogue, read once more: what its entries make of the answers that boto3 has.

This is a second reading of the language of `src/provider/catalogue`, which shares nothing with the first. An item of a
listing becomes a node as `expected` has them; `Reader` lists a kind with boto3, with its details.
"""

import base64
import datetime
import functools
import json
import pathlib
import re

import yaml
from botocore import xform_name
from botocore.exceptions import ClientError
from expected.node import Node
from expected.shape import snake

from cloud import REGIONS

ROOT = pathlib.Path(__file__).resolve().parents[3]
GLOBAL = "global"
# Where words of a path end, and what stands in brackets.
SELECTION = re.compile(r"\[([^\]]*)\]")
PLACEHOLDER = re.compile(r"\{([^}]*)\}")
# IAM's documents come decoded; these come as paths, of which requests take the last part.
PATHS_OF_IDS = {"route53": {"Id", "HostedZoneId", "DelegationSetId"}}


def entries():
    """All entries by kind."""
    files = sorted((ROOT / "src/provider/aws/kinds").glob("*.yaml"))
    loaded = [yaml.load(file.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader)) for file in files]
    return {entry["kind"]: entry for document in loaded for entry in document["kinds"]}


def tidy(value):
    """A value of boto3 as our documents have it, but for times."""
    match value:
        case dict():
            return {name: tidy(member) for name, member in value.items() if name != "ResponseMetadata"}
        case list() | tuple():
            return [tidy(element) for element in value]
        case bytes():
            return base64.b64encode(value).decode()
        case datetime.datetime():
            return instant(value)
        case _ if hasattr(value, "read"):
            return base64.b64encode(value.read()).decode()
    return value


def shortened(value, names):
    match value:
        case dict():
            return {
                name: member.rsplit("/", 1)[-1]
                if name in names and isinstance(member, str)
                else shortened(member, names)
                for name, member in value.items()
            }
        case list():
            return [shortened(element, names) for element in value]
    return value


def text(value):
    """A value as people write it, or nothing."""
    match value:
        case None | str():
            return value
        case datetime.datetime():
            return moment(value)
        case bool() | int() | float():
            return json.dumps(value)
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=moment)


def moment(time):
    fraction = f".{time.microsecond:06}".rstrip("0") if time.microsecond else ""
    return time.strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"


def instant(value):
    """The time that a text or a time says; nothing where a text says none."""
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            return None
    if value is not None and value.tzinfo is None:
        value = value.replace(tzinfo=datetime.UTC)
    return value.astimezone(datetime.UTC) if value else None


# --- paths -----------------------------------------------------------------------------------------------------------


@functools.cache
def steps(path):
    """The alternatives of a path, each a list of (what, argument)."""
    found = []
    for alternative in path.split("||"):
        alternative = alternative.strip().removeprefix("$.")
        walk = []
        for part in re.findall(r"(?:[^.\[]+|\[[^\]]*\])+", alternative):
            walk.append(("member", part.split("[", 1)[0]))
            for selection in SELECTION.findall(part):
                if selection == "":
                    walk.append(("each", None))
                elif "=" in selection:
                    walk.append(("where", tuple(selection.split("=", 1))))
                else:
                    walk.append(("index", int(selection)))
        found.append(walk)
    return found


def selects(walk):
    """Whether a walk leads to any number of values."""
    return any(what in ("each", "where") for what, _ in walk) and not ends_in_index(walk)


def ends_in_index(walk):
    last = [what for what, _ in walk if what != "member"]
    return bool(last) and last[-1] == "index"


def is_list(path):
    return any(selects(walk) for walk in steps(path))


def follow(walk, item):
    found = [item]
    for position, (what, argument) in enumerate(walk):
        lists = [value for value in found if isinstance(value, list)]
        if what == "member" and argument == "_" and position == 0 and not isinstance(item, dict):
            continue
        if what == "member":
            found = [value[argument] for value in found if isinstance(value, dict) and argument in value]
        elif what == "each":
            found = [element for value in found if isinstance(value, (list, dict)) for element in elements(value)]
        elif what == "where":
            name, wanted = argument
            found = [
                element
                for value in lists
                for element in value
                if isinstance(element, dict) and text(element.get(name)) == wanted
            ]
        elif selects(walk[:position]):
            found = at(found, argument)
        else:
            found = [element for value in lists for element in at(value, argument)]
    return [value for value in found if value is not None]


def elements(value):
    return value.values() if isinstance(value, dict) else value


def at(values, index):
    return [values[index]] if -len(values) <= index < len(values) else []


def find(path, scope):
    """All values; `scope` has the item first, and behind it where it came from."""
    for walk in steps(path):
        for item in scope:
            if found := follow(walk, item):
                return found
    return []


def first(path, scope):
    return next(iter(find(path, scope)), None)


def there(walk, scope):
    """Whether the detail that a walk begins in was read, be it empty."""
    name = walk[0][1]
    if not name.startswith("_") or name == "_":
        return True
    return any(isinstance(item, dict) and name in item for item in scope)


def read(path, scope):
    return all(there(walk, scope) for walk in steps(path))


def at_path(path, scope):
    """What a path stands for; an alternative does not stand in for a detail that was not read."""
    for walk in steps(path):
        found = next(filter(None, (follow(walk, item) for item in scope)), [])
        if found:
            return found if is_list(path) else found[0]
        if not there(walk, scope):
            return None
    return [] if is_list(path) else None


def render(template, scope):
    """A text with its values, or nothing where one is missing."""
    values = [text(first(path, scope)) for path in PLACEHOLDER.findall(template)]
    if None in values:
        return None
    return PLACEHOLDER.sub(lambda _: values.pop(0), template)


def parameters(value, scope, batch=()):
    match value:
        case "$batch":
            return list(batch)
        case str() if value.startswith("$."):
            return at_path(value, scope)
        case str() if PLACEHOLDER.fullmatch(value):
            return at_path(value[1:-1], scope)
        case str() if "{" in value:
            return render(value, scope)
        case list():
            found = [parameters(element, scope, batch) for element in value]
            return [element for element in found if element is not None]
        case dict():
            found = {render(name, scope): parameters(member, scope, batch) for name, member in value.items()}
            return {name: member for name, member in found.items() if name is not None and member is not None}
    return value


# --- expressions -----------------------------------------------------------------------------------------------------

SOURCES = ("path", "template", "const", "tag", "tags", "obj", "each", "values")


def evaluate(expression, scope):
    if isinstance(expression, str):
        expression = {"template" if "{" in expression else "path": expression}
    unknown = (
        expression.keys() - TRANSFORMS.keys() - {*SOURCES, "from", "key", "value", "map", "enum", "default", "type"}
    )
    assert not unknown, f"this reading of the catalogue does not know {unknown}"
    value = source(expression, scope)
    path = next((expression[name] for name in ("path", "obj", "each", "values", "tags") if name in expression), None)
    if "tag" in expression:
        path = expression.get("from", "Tags")
    known = value is not None or path is None or read(path, scope)
    if known:
        for name, transform in TRANSFORMS.items():
            if name in expression and expression[name] is not None:
                value = transform(value, expression[name], scope)
    if "enum" in expression and value is not None:
        value = {key_of(word): meaning for word, meaning in expression["enum"].items()}.get(text(value))
    return expression.get("default") if value is None and known else value


def key_of(word):
    """YAML reads some words as other things than text."""
    return word if isinstance(word, str) else json.dumps(word)


def source(expression, scope):
    members = expression.get("map", {})

    def picked(item):
        found = {name: evaluate(inner, [item]) for name, inner in members.items()}
        return {name: value for name, value in found.items() if value is not None}

    def pairs(path):
        key, value = expression.get("key", "Key"), expression.get("value", "Value")
        rows = [row for rows in find(path, scope) if isinstance(rows, list) for row in rows]
        return {text(row[key]): text(row.get(value)) or "" for row in rows if row.get(key) is not None}

    match next(name for name in SOURCES if name in expression):
        case "path":
            return at_path(expression["path"], scope)
        case "template":
            return render(expression["template"], scope)
        case "const":
            return expression["const"]
        case "tag":
            return pairs(expression.get("from", "Tags")).get(expression["tag"]) or None
        case "tags":
            return pairs(expression["tags"]) if first(expression["tags"], scope) is not None else None
        case "obj":
            found = first(expression["obj"], scope)
            return (picked(found) or None) if found is not None else None
        case "values":
            found = first(expression["values"], scope)
            return {name: picked(value) for name, value in found.items()} if isinstance(found, dict) else None
        case "each":
            found = find(expression["each"], scope)
            return [picked(item) for item in found] if found or read(expression["each"], scope) else None


def one_by_one(change, *accepts):
    """A transform of single values, of each in a list; what it does not accept is dropped."""

    def apply(value, argument, scope):
        def single(value):
            if accepts and (not isinstance(value, accepts) or (bool not in accepts and isinstance(value, bool))):
                return None
            return change(value, argument)

        if isinstance(value, list):
            return [changed for changed in map(single, value) if changed is not None]
        return None if value is None else single(value)

    return apply


def whole(change):
    return lambda value, argument, scope: change(value, argument)


def parsed(value, _):
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def number(value, _):
    if not isinstance(value, str):
        return value
    try:
        found = json.loads(value.strip())
    except ValueError:
        return None
    return found if isinstance(found, (int, float)) and not isinstance(found, bool) else None


def rounded(value, _):
    half = int(abs(value) + 0.5)
    return half if value >= 0 else -half


def clock(value, unit):
    seconds = float(text(value)) / (1000 if unit == "milliseconds" else 1)
    return datetime.datetime.fromtimestamp(0, datetime.UTC) + datetime.timedelta(seconds=seconds)


def since(value):
    """A time as seconds since 1970."""
    time = instant(value)
    return time and time.timestamp()


def snaked(value, _=True):
    match value:
        case dict():
            return {snake(name): snaked(member) for name, member in value.items()}
        case list():
            return [snaked(element) for element in value]
    return value


def size(value, _=True):
    return len(value) if isinstance(value, (str, list, dict)) else int(value is not None)


def flattened(values):
    return [inner for value in values for inner in (value if isinstance(value, list) else [value])]


def equal(value, argument, scope):
    if isinstance(argument, str) and "{" in argument:
        wanted = render(argument, scope)
        return wanted is not None and text(value) == wanted
    return value == argument and isinstance(value, bool) == isinstance(argument, bool)


# In the order in which they are applied.
TRANSFORMS = {
    "json": one_by_one(parsed),
    "get": lambda value, path, scope: one_by_one(lambda item, _: at_path(path, [item]))(value, path, scope),
    "flat": lambda value, _, scope: flattened(value) if isinstance(value, list) else value,
    "host": one_by_one(lambda value, _: value.split("://", 1)[-1].split("/")[0], str),
    "before": one_by_one(lambda value, end: value.split(end, 1)[0], str),
    "after": one_by_one(lambda value, start: value.rsplit(start, 1)[-1], str),
    "basename": one_by_one(lambda value, _: value.rsplit("/", 1)[-1], str),
    "lower": one_by_one(lambda value, _: value.lower(), str),
    "capture": one_by_one(lambda value, pattern: (re.search(pattern, value) or [None, None])[1], str),
    "number": one_by_one(number, str, int, float),
    "scale": one_by_one(lambda value, factor: float(value * factor), int, float),
    "divide": one_by_one(lambda value, divisor: value / divisor, int, float),
    "round": one_by_one(rounded, int, float),
    "time": one_by_one(clock, str, int, float),
    "seconds": one_by_one(lambda value, _: since(value), str, datetime.datetime),
    "snake": whole(snaked),
    "count": whole(lambda value, _: None if value is None else size(value)),
    "sum": whole(lambda value, _: sum(value) if isinstance(value, list) else None),
    "present": whole(lambda value, wanted: (value is not None) == wanted),
    "not_empty": whole(lambda value, wanted: (value is not None and size(value) > 0) == wanted),
    "eq": equal,
    "starts_with": whole(lambda value, start: value.startswith(start) if isinstance(value, str) else None),
    "contains": whole(lambda value, part: part in value if isinstance(value, str) else None),
}


def holds(expression, scope):
    return bool(evaluate(expression, scope))


# --- items to nodes --------------------------------------------------------------------------------------------------


def node(entry, item, account, region, partition="aws"):
    """The node of an item that was listed in a region, with its links as (end, kind, property, value, delete, outer)."""
    place = {"account": account, "partition": partition, "region": region}
    scope = [item, place]

    def words(name, scope):
        return text(evaluate(entry[name], scope)) if name in entry else None

    id = words("id", scope)
    if not id:
        return None
    name = words("name", scope) or id
    own = words("region", scope) or region
    known = {"id": id, "name": name, **place, "region": own}
    scope = [item, known]
    properties = {name: evaluate(expression, scope) for name, expression in entry.get("props", {}).items()}
    properties = {name: value for name, value in properties.items() if value is not None}
    tags = evaluate(entry["tags"], scope) if "tags" in entry else None
    tags = {key: text(value) for key, value in (tags or {}).items() if value is not None}
    times = {name: instant(evaluate(entry[name], scope)) for name in ("ctime", "mtime", "atime") if name in entry}
    zone = words("zone", scope)
    signs = ([entry["protected"]] if "protected" in entry else []) + entry.get("owned", [])
    arn = words("arn", [{**properties, **known}, *scope])
    if arn is not None:
        properties["arn"] = arn
    link = words("link", [{**properties, **known}, *scope])
    made = Node(
        entry["kind"],
        account,
        own,
        {**properties, "id": id, "name": name, "tags": tags, **times},
        zone,
        any(holds(sign, scope) for sign in signs),
        [link for edge in entry.get("edges", []) for link in links(edge, scope)],
    )
    made.link = link
    return made


def links(edge, scope):
    if "when" in edge and not holds(edge["when"], scope):
        return
    end = "from" if "from" in edge else "to"
    for property, expression in edge["match"].items():
        values = evaluate(expression, scope)
        values = values if isinstance(values, list) else [values]
        for value in dict.fromkeys(filter(None, map(text, values))):
            yield end, edge[end], property, value, edge.get("delete", "none"), edge.get("outer", False)


# --- listing with boto3 ----------------------------------------------------------------------------------------------


class Reader:
    """Lists kinds of one account with boto3, as their entries say, and maps what it finds."""

    def __init__(self, cloud, account, kinds):
        self.cloud, self.account, self.kinds = cloud, account, kinds
        self.answers, self.found = {}, {}

    def nodes(self, kind, region):
        entry = self.kinds[kind]
        items = self.items(kind, region)
        for step in entry.get("enrich", []):
            items = self.enriched(step, items, region)
        found = [node(entry, item, self.account, region) for item in items]
        assert None not in found, f"{kind}: an item without an id"
        return found

    def place(self, region):
        return {"account": self.account, "partition": "aws", "region": region}

    def ask(self, step, region, params):
        """The pages of a call; nothing where it says that there is nothing to tell, `gone` where the item is."""
        service, operation = step["call"].split(":")
        key = (step["call"], region, json.dumps(params, sort_keys=True, default=str))
        if key not in self.answers:
            self.answers[key] = self.call(service, xform_name(operation), region, params)
        answer = self.answers[key]
        if isinstance(answer, ClientError):
            code = answer.response["Error"]["Code"]
            if code in step.get("absent", []):
                return None
            if code in step.get("gone", []):
                return "gone"
            raise answer
        return answer

    def call(self, service, operation, region, params):
        client = self.cloud.client(service, self.account, REGIONS[0] if region == GLOBAL else region)
        try:
            if client.can_paginate(operation):
                pages = list(client.get_paginator(operation).paginate(**params))
            else:
                pages = [getattr(client, operation)(**params)]
        except ClientError as error:
            return error
        return [shortened(tidy(page), PATHS_OF_IDS.get(service, ())) for page in pages]

    def items(self, kind, region):
        if (kind, region) not in self.found:
            self.found[kind, region] = self.listed(self.kinds[kind]["list"], region)
        return self.found[kind, region]

    def listed(self, how, region):
        if "each" not in how and "of" not in how:
            return self.listing(how, region, [self.place(region)])
        parents = how["of"] if "of" in how else self.items(how["each"], region)
        found = self.below(how, parents, region)
        level = found
        for _ in range(how.get("descend", 0)):
            level = self.below(how, level, region)
            found = found + level
        return found

    def below(self, how, parents, region):
        place, found = self.place(region), []
        if "batch" in how:
            for of, keys in batches(parents, how["batch"]):
                found += self.listing(how, region, [of, place], keys)
            return found
        for parent in parents:
            for item in self.listing(how, region, [parent, place]):
                found.append({**as_object(item), "_parent": parent})
        return found

    def listing(self, how, region, scope, batch=()):
        if "call" in how:
            pages = self.ask(how, region, parameters(how.get("params", {}), scope, batch))
            assert pages != "gone"
            items = [item for page in pages or [] for item in find(how["items"], [page])]
        else:
            items = list(batch) if "batch" in how else find(how["items"], scope)
        only = how.get("only", [])
        only = only if isinstance(only, list) else [only]
        return [item for item in items if not only or any(holds(sign, [item]) for sign in only)]

    def enriched(self, step, items, region):
        items = list(items)
        if "batch" in step:
            details = list(self.batched(step, items, region))
        else:
            details = [self.detail(step, item, region) for item in items]
        for item, detail in zip(items, details, strict=True):
            item = dict(as_object(item))
            match detail:
                case ("skipped", _):
                    pass
                case ("gone", _):
                    continue
                case ("absent", _):
                    if "into" in step:
                        item[step["into"]] = None
                case ("found", value) if "into" in step:
                    item[step["into"]] = value
                case ("found", dict() as members):
                    item.update(members)
            yield item

    def wanted(self, step, scope):
        return ("when" not in step or holds(step["when"], scope)) and not (
            "unless" in step and holds(step["unless"], scope)
        )

    def detail(self, step, item, region):
        scope = [item, self.place(region)]
        if not self.wanted(step, scope):
            return "skipped", None
        if "region" in step:
            region = text(first(step["region"], scope)) or region
        if "each" not in step:
            return self.answered(step, region, scope)
        found = []
        for value in find(step["each"], scope):
            outcome, detail = self.answered(step, region, [value, *scope])
            if outcome == "gone":
                return outcome, None
            if outcome == "found":
                found += detail if isinstance(detail, list) else [detail]
        return "found", found

    def answered(self, step, region, scope, batch=()):
        pages = self.ask(step, region, parameters(step.get("params", {}), scope, batch))
        if pages is None or pages == "gone":
            return ("absent" if pages is None else "gone"), None
        values = [value for page in pages for value in (find(step["items"], [page]) if "items" in step else [page])]
        if "batch" in step or ("items" in step and is_list(step["items"])):
            return "found", values
        if not values:
            return ("found", step["default"]) if "default" in step else ("absent", None)
        return "found", values[0]

    def batched(self, step, items, region):
        how = step["batch"]
        wanted = [self.wanted(step, [item]) for item in items]
        details = {}
        for of, keys in batches([item for item, asked in zip(items, wanted, strict=True) if asked], how):
            scope = [of, self.place(region)]
            outcome, found = self.answered(step, region, scope, keys)
            if outcome != "found" and len(keys) > 1:
                singly = [self.answered(step, region, scope, [key]) for key in keys]
                found = [value for outcome, values in singly if outcome == "found" for value in values]
            for detail in found or []:
                for key in map(text, find(how.get("join", how["key"]), [detail])):
                    details.setdefault(key, []).append(detail)
        for item, asked in zip(items, wanted, strict=True):
            key = text(first(how["key"], [item])) if asked else None
            if key is None:
                yield "skipped", None
            elif how.get("many"):
                yield "found", details.get(key, [])
            else:
                yield ("found", details[key][0]) if key in details else ("absent", None)


def as_object(item):
    return item if isinstance(item, dict) else {"_": item}


def batches(items, how):
    """The different keys of items, with an item that has what all of a batch have in common."""
    groups = {}
    for item in items:
        key = first(how["key"], [item])
        if key is not None:
            group = text(first(how["by"], [item])) if "by" in how else ""
            of, keys = groups.setdefault(group or "", (item if "by" in how else None, {}))
            keys[text(key)] = key
    for _, (of, keys) in sorted(groups.items()):
        keys = [keys[name] for name in sorted(keys)]
        length = how.get("size", len(keys))
        for start in range(0, len(keys), length):
            yield of, keys[start : start + length]


# --- edges -----------------------------------------------------------------------------------------------------------


def edges(nodes, kinds):
    """The default and the delete edges that the links of nodes come to, as pairs of keys."""
    below = {kind: {kind} for kind in kinds}
    for kind, entry in kinds.items():
        bases = entry.get("is", [])
        for base in ["resource", *([bases] if isinstance(bases, str) else bases)]:
            below.setdefault(base, {base}).add(kind)
    index = {}
    for made in nodes:
        for property, value in made.reported.items():
            if isinstance(value, str):
                index.setdefault((made.kind, property, value), []).append(made)
    default, delete = set(), set()
    for made in nodes:
        for end, kind, property, value, order, outer in made.uses:
            candidates = [
                other for under in below.get(kind, {kind}) for other in index.get((under, property, value), [])
            ]
            other = nearest(made, candidates, outer)
            if other is None or other is made:
                continue
            pair = (other.key, made.key) if end == "from" else (made.key, other.key)
            default.add(pair)
            if order != "none":
                delete.add(pair if order == "same" else pair[::-1])
    return default, delete


def nearest(made, candidates, outer):
    """The only one in the account, else the only one in the region; the only one anywhere, where it may be elsewhere."""
    own = [other for other in candidates if other.account == made.account]
    if not own and outer:
        own = candidates
        return own[0] if len(own) == 1 else None
    if len(own) > 1:
        own = [other for other in own if other.region == made.region]
    return own[0] if len(own) == 1 else None
