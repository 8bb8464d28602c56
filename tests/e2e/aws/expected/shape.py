"""Values as cloudgauge shows them."""

import datetime
import re

# What a float of seconds may be off by.
TICK = datetime.timedelta(microseconds=2)


def snake(name):
    """As people split AWS's names: a word begins where a capital follows a small letter, or precedes one."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z0-9])", "_", name).lower()


def tidy(value):
    """A value of boto3 as JSON has it."""
    match value:
        case datetime.datetime():
            return value.astimezone(datetime.UTC)
        case dict():
            return {name: tidy(member) for name, member in value.items() if member is not None}
        case list():
            return [tidy(element) for element in value]
    return value


def snaked(value):
    match value:
        case dict():
            return {snake(name): snaked(member) for name, member in value.items()}
        case list():
            return [snaked(element) for element in value]
    return value


def plain(item, names, prefix=""):
    """Members under the model's names for them: the provider's in snake case, after a prefix."""
    return {prefix + snake(name): snaked(item.get(name)) for name in names.split()}


def lists(item, names, prefix=""):
    """The same for lists, which are empty where the provider says nothing."""
    return {prefix + snake(name): snaked(item.get(name, [])) for name in names.split()}


def each(item, path):
    """What a path of lists leads to, as `A.B.C`."""
    found = [item]
    for name in path.split("."):
        found = [value.get(name) for value in found if isinstance(value, dict)]
        found = [
            part for value in found if value is not None for part in (value if isinstance(value, list) else [value])
        ]
    return found


def one(item, path):
    return next(iter(each(item, path)), None)


def tag_map(tags):
    return {tag["Key"]: tag.get("Value", "") for tag in tags or []}


def named(tags):
    """The name tag, unless it is empty."""
    return tag_map(tags).get("Name") or None


def pick(item, names):
    """Some members, under their own names in snake case."""
    found = {snake(name): snaked(item[name]) for name in names.split() if item.get(name) is not None}
    return found or None


def moment(text):
    """A time that AWS writes as text."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def same(expected, found):
    """Equal, where times are compared as such and numbers by value."""
    match expected:
        case datetime.datetime():
            return isinstance(found, str) and abs(expected - datetime.datetime.fromisoformat(found)) < TICK
        case dict():
            expected = {name: value for name, value in expected.items() if value is not None}
            return (
                isinstance(found, dict)
                and expected.keys() == found.keys()
                and all(same(value, found[name]) for name, value in expected.items())
            )
        case list():
            return isinstance(found, list) and len(expected) == len(found) and all(map(same, expected, found))
        case bool():
            return found is expected
        case int() | float():
            return not isinstance(found, bool) and isinstance(found, (int, float)) and abs(expected - found) < 1e-9
    return expected == found and type(expected) is type(found)
