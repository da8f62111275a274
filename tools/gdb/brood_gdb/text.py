# Names as Brood prints them: pids, types, places, functions, durations.
import re

import gdb

from .memory import Unreadable, clean, text, u32, u64

INDEX_BITS = 28
FOREVER = (1 << 63) - 1
MOST_TYPES = 16


def pid(bits):
    return f"#PID<0.{bits & ((1 << INDEX_BITS) - 1)}.{bits >> INDEX_BITS}>"


def cut(words, most=160):
    return words if len(words) <= most else words[: most - 1] + "…"


def duration(ns):
    if ns >= FOREVER:
        return "for ever"
    if abs(ns) >= 1000 * 10**9:
        return f"{ns // 10**9} s"
    for unit, size in (("s", 10**9), ("ms", 10**6), ("us", 10**3)):
        if abs(ns) >= size:
            return f"{ns / size:.4g} {unit}"
    return f"{ns} ns"


def demangle(symbol):
    if not re.fullmatch(r"[\w.$]{1,4000}", symbol, re.ASCII):
        return clean(cut(symbol))
    try:
        name = gdb.execute(f"demangle -l c++ -- _ZTI{symbol}", to_string=True).strip()
    except gdb.error:
        return symbol
    name = name.removeprefix("typeinfo for ") if name.startswith("typeinfo for ") else symbol
    for old, new in (
        ("std::__cxx11::", "std::"),
        ("std::basic_string<char, std::char_traits<char>, std::allocator<char> >", "std::string"),
        ("> >", ">>"),
    ):
        name = name.replace(old, new)
    return clean(name)


def without_namespace(name):
    """As Brood itself prints a type: who wrote (anonymous namespace) knows it."""
    return name.replace("(anonymous namespace)::", "").replace("{anonymous}::", "").replace("<unnamed>::", "")


class Words:
    """What is read of the program's own texts, kept: a million processes share a handful of places and types."""

    def __init__(self, layout):
        self.layout, self.types, self.places, self.kinds = layout, {}, {}, {}

    def full_type(self, info):
        """The name of a std::type_info, as debug information knows it."""
        if info not in self.types:
            try:
                self.types[info] = demangle(text(u64(info + self.layout["type_info.name"])).lstrip("*"))
            except Unreadable:
                self.types[info] = f"<no type at {info:#x}>"
        return self.types[info]

    def type(self, info):
        return without_namespace(self.full_type(info))

    def taken_by(self, kind):
        """The types that a receive of this kind takes; None: it takes no messages."""
        if kind not in self.kinds:
            self.kinds[kind] = self.read_kind(kind)
        return self.kinds[kind]

    def read_kind(self, kind):
        l = self.layout
        if not u64(kind + l["wait_kind.match"]):
            return None
        n, types = u32(kind + l["wait_kind.type_count"]), u64(kind + l["wait_kind.types"])
        each = [u64(types + 8 * i) for i in range(min(n, MOST_TYPES))]
        names = [self.type(u64(t + l["message_type.type"])) if t else "any_message" for t in each]
        return names + [f"and {n - MOST_TYPES} more"] if n > MOST_TYPES else names

    def place(self, location):
        """(file, line, function) of what a std::source_location points to; None: it is empty, or nothing that can be read."""
        if location not in self.places:
            self.places[location] = self.read_place(location) if location else None
        return self.places[location]

    def read_place(self, at):
        try:
            line = u32(at + self.layout["source_location.line"])
            if not 0 < line < 1 << 24:
                return None
            file, function = (text(u64(at + self.layout[f"source_location.{what}"])) for what in ("file", "function"))
            return clean(file), line, clean(function)
        except Unreadable:
            return None


def short(place):
    """The last two parts of a path, and the line."""
    return "/".join(place[0].split("/")[-2:]) + f":{place[1]}" if place else "-"


def function(name):
    """orders(int), of `brood::process (anonymous namespace)::orders(int)`."""
    depth = begin = 0
    for i, c in enumerate(name):
        if c == "(" and depth == 0 and i > begin and name[i - 1] != ":":
            break
        if c in "<({[":
            depth += 1
        elif c in ">)}]":
            depth -= 1
        elif c == " " and depth == 0:
            begin = i + 1
    return without_namespace(name[begin:])
