"""Reads a profile with protobuf's own decoder, and prints what it says, a line a message.

The messages are declared here, field by field, as pprof's proto/profile.proto has them.
"""

import gzip
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

ONE, MANY = 1, 3
NUMBER, UNSIGNED, BOOL, TEXT, MESSAGE = 3, 4, 8, 9, 11
MESSAGES = {
    "ValueType": [("type", 1, NUMBER, ONE), ("unit", 2, NUMBER, ONE)],
    "Sample": [
        ("location_id", 1, UNSIGNED, MANY),
        ("value", 2, NUMBER, MANY),
        ("label", 3, "Label", MANY),
    ],
    "Label": [("key", 1, NUMBER, ONE), ("str", 2, NUMBER, ONE)],
    "Mapping": [
        ("id", 1, UNSIGNED, ONE),
        ("memory_start", 2, UNSIGNED, ONE),
        ("memory_limit", 3, UNSIGNED, ONE),
        ("file_offset", 4, UNSIGNED, ONE),
        ("filename", 5, NUMBER, ONE),
        ("build_id", 6, NUMBER, ONE),
        ("has_functions", 7, BOOL, ONE),
    ],
    "Location": [
        ("id", 1, UNSIGNED, ONE),
        ("mapping_id", 2, UNSIGNED, ONE),
        ("address", 3, UNSIGNED, ONE),
        ("line", 4, "Line", MANY),
    ],
    "Line": [("function_id", 1, UNSIGNED, ONE), ("line", 2, NUMBER, ONE)],
    "Function": [
        ("id", 1, UNSIGNED, ONE),
        ("name", 2, NUMBER, ONE),
        ("system_name", 3, NUMBER, ONE),
        ("filename", 4, NUMBER, ONE),
    ],
    "Profile": [
        ("sample_type", 1, "ValueType", MANY),
        ("sample", 2, "Sample", MANY),
        ("mapping", 3, "Mapping", MANY),
        ("location", 4, "Location", MANY),
        ("function", 5, "Function", MANY),
        ("string_table", 6, TEXT, MANY),
        ("time_nanos", 9, NUMBER, ONE),
        ("period_type", 11, "ValueType", ONE),
        ("period", 12, NUMBER, ONE),
        ("comment", 13, NUMBER, MANY),
        ("default_sample_type", 14, NUMBER, ONE),
    ],
}

file = descriptor_pb2.FileDescriptorProto(name="profile.proto", package="p", syntax="proto3")
for name, fields in MESSAGES.items():
    message = file.message_type.add(name=name)
    for field, number, kind, label in fields:
        added = message.field.add(name=field, number=number, label=label)
        if isinstance(kind, str):
            added.type, added.type_name = MESSAGE, ".p." + kind
        else:
            added.type = kind
pool = descriptor_pool.DescriptorPool()
pool.Add(file)
Profile = message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName("p.Profile"))

content = open(sys.argv[1], "rb").read()
profile = Profile()
profile.ParseFromString(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)
text = profile.string_table
assert text[0] == ""
print("types", *(f"{text[t.type]}/{text[t.unit]}" for t in profile.sample_type))
print("period", text[profile.period_type.type], text[profile.period_type.unit], profile.period)
print("time", profile.time_nanos, "default", text[profile.default_sample_type])
for comment in profile.comment:
    print("comment", text[comment])
functions = {f.id: f for f in profile.function}
locations = {l.id: l for l in profile.location}
mappings = {m.id: m for m in profile.mapping}
for m in profile.mapping:
    print("mapping", hex(m.memory_start), hex(m.memory_limit), hex(m.file_offset), text[m.filename], text[m.build_id] or "-",
          m.has_functions)
for s in profile.sample:
    stack = []
    for number in s.location_id:
        location = locations[number]
        assert location.mapping_id == 0 or mappings[location.mapping_id].memory_start <= location.address
        names = [f"{text[functions[l.function_id].name]}:{l.line}" for l in location.line]
        stack.append("+".join(names) or hex(location.address))
    labels = [f"{text[l.key]}={text[l.str]}" for l in s.label]
    print("sample", *s.value, "|", *stack, "|", *labels)
