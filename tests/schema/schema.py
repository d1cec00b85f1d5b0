"""idl/sbxcom-policy.schema.json says the same as the parser, as far as a schema can.

The fixtures of tests/fixtures/policy are the parser's: it takes valid/, and refuses invalid/ with the texts beside them,
which name the words and ranges that it knows. Prints a verdict line for each property and exits with 3 where one fails.
"""

import json
import pathlib
import re
import sys

import jsonschema

root = pathlib.Path(sys.argv[1])
fixtures = root / "tests/fixtures/policy"
schema = json.loads((root / "idl/sbxcom-policy.schema.json").read_text(encoding="utf-8"))
validator = jsonschema.Draft7Validator(schema)
failed = False


def verdict(name, faults):
    global failed
    failed |= bool(faults)
    print(("FAIL " if faults else "PASS ") + "schema: " + name)
    for fault in faults[:20]:
        print("    " + fault)


def read(path):
    """The text as a parser of JSON has it that takes the last of repeated keys; None where it is none."""
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def beyond_a_schema(word, text, value):
    """Why no schema could refuse this text, or None."""
    if word == "E_POLICY_SYNTAX":
        return "it is no JSON, or repeats a key, which JSON's readers do not tell"
    if word == "E_POLICY_CONFLICT":
        return "two values contradict each other"
    if word == "E_LIMIT":
        return "it is too long"
    if "number with a point or an exponent" in text and at(value, text.split(":")[0]).is_integer():
        return "to a schema 4096.0 is the number 4096"
    return None


def at(value, pointer):
    for part in pointer.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        value = value[int(part) if isinstance(value, list) else part]
    return value


def resolved(node):
    while "$ref" in node:
        node = schema["definitions"][node["$ref"].split("/")[-1]]
    return node


def at_schema(pointer):
    node = schema
    for part in pointer.split("/")[1:]:
        node = resolved(node)
        node = node["items"] if node.get("type") == "array" else node["properties"][part]
    return resolved(node)


def of_kind(node, kind, pointer=""):
    """Pointers of all parts of the schema that have this keyword, entries of lists as 0."""
    node = resolved(node)
    if kind in node:
        yield pointer
    for key, part in node.get("properties", {}).items():
        yield from of_kind(part, kind, pointer + "/" + key)
    if isinstance(node.get("items"), dict):
        yield from of_kind(node["items"], kind, pointer + "/0")


def valid_ones_pass():
    for path in sorted((fixtures / "valid").glob("*.json")):
        for error in validator.iter_errors(read(path)):
            yield f"{path.stem}: {error.message[:200]}"


def invalid_ones_fail():
    for path in sorted((fixtures / "invalid").glob("*.json")):
        word, text = path.with_suffix(".error").read_text(encoding="utf-8").split("\n", 1)
        value = read(path)
        why = beyond_a_schema(word, text, value)
        passes = value is None or validator.is_valid(value)
        if passes and not why:
            yield f"{path.stem} passes: {text.strip()[:200]}"
        elif not passes and why and word != "E_POLICY_SYNTAX":
            yield f"{path.stem} fails, but is said to be beyond a schema because {why}"


def errors_of_the_parser():
    for path in sorted((fixtures / "invalid").glob("*.error")):
        word, text = path.read_text(encoding="utf-8").strip().split("\n", 1)
        match = re.match(r"(/[^:]*): (.*)", text, re.S)
        if word == "E_POLICY_VALUE" and match:
            yield path.stem, match[1], match[2]


def known_words(keyword, pattern, of_schema):
    """The words that the parser names in its errors are those of the schema, and it has named all there are."""
    seen = set()
    for name, pointer, text in errors_of_the_parser():
        match = re.search(pattern + r'.*Known here: (.*)\.$', text, re.S)
        if not match:
            continue
        place = pointer.rsplit("/", 1)[0] if keyword == "properties" else pointer
        words = re.findall(r'"([^"]*)"', match[1])
        seen.add(re.sub(r"/\d+", "/0", place))
        if words != of_schema(at_schema(place)):
            yield f"{name}: the parser knows {words}, the schema {of_schema(at_schema(place))}"
    for pointer in of_kind(schema, keyword):
        alike = {p for p in seen if at_schema(p) is at_schema(pointer)}
        if not alike:
            yield f"no fixture in invalid/ has the parser name what it knows at {pointer or 'the top'}"


def ranges():
    seen = set()
    for name, pointer, text in errors_of_the_parser():
        match = re.search(r"Write a whole number from (\d+) to (\d+)\.", text)
        if not match:
            continue
        node = at_schema(pointer)
        seen.add(re.sub(r"/\d+", "/0", pointer))
        if (node.get("minimum"), node.get("maximum")) != (int(match[1]), int(match[2])):
            yield f"{name}: {match[0]} The schema: {node.get('minimum')} to {node.get('maximum')}"
    for pointer in of_kind(schema, "minimum"):
        if pointer not in seen:
            yield f"no fixture in invalid/ has the parser name its range at {pointer}"


def defaults_of(node):
    """The schema's defaults put together, in the shape of the canonical text."""
    node = resolved(node) if "default" not in node else node
    if "default" in node:
        return node["default"]
    return {key: defaults_of(part) for key, part in node.get("properties", {}).items()}


def defaults():
    canonical = json.loads((fixtures / "default.canonical").read_text(encoding="utf-8"))
    if not validator.is_valid(canonical):
        yield "the canonical default does not pass"
    made = defaults_of(schema)
    if json.dumps(made) != json.dumps(canonical):    # the order of keys, too
        for key in canonical:
            if json.dumps(made.get(key)) != json.dumps(canonical[key]):
                yield f"{key}: {json.dumps(made.get(key))[:150]} instead of {json.dumps(canonical[key])[:150]}"
        if list(made) != list(canonical):
            yield f"other keys, or in another order: {list(made)}"
    text = (fixtures / "default.canonical").read_text(encoding="utf-8")
    if text != json.dumps(canonical, indent=2, ensure_ascii=False) + "\n":
        yield "the canonical text is not what Python's json.dumps with two blanks makes of it"


def descriptions(node, pointer=""):
    for key, part in node.get("properties", {}).items():
        if not part.get("description"):
            yield f"{pointer}/{key} has no description"
        yield from descriptions(part, pointer + "/" + key)


jsonschema.Draft7Validator.check_schema(schema)
verdict("every valid fixture passes", list(valid_ones_pass()))
verdict("every invalid fixture fails, but for what no schema can tell, and that list is exact", list(invalid_ones_fail()))
verdict("its words are the parser's", list(known_words("enum", "is not known", lambda node: node["enum"])))
verdict("its keys are the parser's", list(known_words("properties", "is not a key", lambda node: list(node["properties"]))))
verdict("its ranges are the parser's", list(ranges()))
verdict("its defaults are the parser's", list(defaults()))
verdict("every key has a description", list(descriptions(schema)) + list(descriptions(schema["definitions"]["grant"])))
sys.exit(3 if failed else 0)
