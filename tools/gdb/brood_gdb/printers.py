# How gdb prints Brood's values: pids as Brood prints them, exit reasons, destinations, messages, tasks as their stacks.
import re

import gdb

from . import messages
from .layout import Layout
from .memory import Unreadable, u8, u64
from .runtime import Runtime
from .text import Words, cut, duration, pid

ATOMS = (":normal", ":kill", ":killed", ":shutdown", ":noproc", ":noconnection", ":timeout", ":overload", ":calling_self")
LOW_BITS = 18  # of a reference's number, as Erlang splits it


def bits(value, member):
    return int(value[member]) & 0xFFFFFFFFFFFFFFFF


def address_of(value):
    if value.address is None:
        raise Unreadable("a value that lies nowhere in memory")
    return int(value.address)


class Printer:
    """`show` gives a text. What can't be read is said, never thrown: it would spoil what stands around it."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        try:
            return self.show(self.value)
        except (Unreadable, gdb.error) as why:
            return f"<{why}>"


class Pid(Printer):
    def show(self, value):
        who = bits(value, "bits_")
        return pid(who) if who else "nobody"


class Address(Printer):
    def show(self, value):
        return Pid(value["who_"]).to_string()


class Reference(Printer):
    def show(self, value):
        number = bits(value, "number_")
        return f"#Reference<0.0.{number >> LOW_BITS}.{number & ((1 << LOW_BITS) - 1)}>" if number else "no reference"


class TimeLimit(Printer):
    def show(self, value):
        ns = int(value["nanoseconds_"])
        return "infinity" if ns == (1 << 63) - 1 else duration(ns)


class ExitReason(Printer):
    def show(self, value):
        return reason(bits(value, "word_"))


def reason(word):
    l = Layout()
    if word <= l["reason_atom::calling_self"]:
        return ATOMS[word] if word < len(ATOMS) else f":reason_{word}"
    kind = u8(word + l["reason_box.kind"])
    if kind == l["reason_kind::error"]:
        return f"** ({l.string(word + l['error_box.type'])}) {l.string(word + l['error_box.what'])}"
    words = boxed(Words(l), word)
    return "{:shutdown, " + words + "}" if kind == l["reason_kind::shutdown"] else words


def boxed(words, box):
    """A value_box<T>: its type is known by its vtable, its value by debug information."""
    name = words.full_type(u64(u64(box) - 8))
    held = re.fullmatch(r"brood::detail::value_box<(.*)>", name)
    try:
        kind = gdb.lookup_type(name)
        return cut(gdb.Value(box).cast(kind.pointer()).dereference()["value_"].format_string(max_elements=32), 300)
    except gdb.error:
        return f"a {held[1]}" if held else f"<no reason at {box:#x}>"


class Destination(Printer):
    def show(self, value):
        held = value["to_"]
        index = int(held["_M_index"])
        kinds = [held.type.strip_typedefs().template_argument(i) for i in range(3)]
        if not 0 <= index < 3:
            return "<a destination that holds nothing>"
        inner = gdb.Value(address_of(held)).cast(kinds[index].pointer()).dereference()  # all three lie at the beginning of the variant
        return ("", "", "via ")[index] + inner.format_string(max_elements=64)


class Envelope(Printer):
    def show(self, value):
        return messages.show(Words(Layout()), address_of(value))


class AnyMessage(Printer):
    def show(self, value):
        at = u64(address_of(value))  # it is a pointer and nothing else
        return messages.show(Words(Layout()), at) if at else "empty"


class Outcome(Printer):
    def show(self, value):
        engaged = value["value_"] if has(value, "value_") else None
        if engaged is not None and bool(engaged["_M_payload"]["_M_engaged"]):
            return engaged["_M_payload"]["_M_payload"]["_M_value"].format_string(max_elements=32)
        if engaged is None and not bool(value["failed_"]):
            return "success"
        return f"no value: {reason(bits(value['why_'], 'word_'))}"


def has(value, member):
    return any(f.name == member for f in value.type.strip_typedefs().fields())


class Task(Printer):
    def show(self, value):
        runtime = Runtime()
        frame = int(value["frame_"])
        if not frame:
            return "moved from, or awaited"
        proc = u64(frame + runtime.layout["frame_base.proc"])
        p = runtime.at_address(proc - runtime.layout["process_control.process_stack"]) if proc else None
        if not p:
            return "not awaited yet"
        places = [f"{place[0].split('/')[-1]}:{place[1]}" for place in inside(p, frame)]
        return f"awaited by {p.title}" + (", at " + " < ".join(places) if places else "")


def inside(p, frame):
    """The awaits in this frame and in those that it awaits, innermost first: not those of its callers."""
    places = []
    for place, at in p.stack():
        places.append(place)
        if at == frame or len(places) == 16:
            break
    return places


PRINTERS = (
    (r"brood::pid", Pid),
    (r"brood::address<.*>", Address),
    (r"brood::(ref|monitor_ref|timer_ref)", Reference),
    (r"brood::time_limit", TimeLimit),
    (r"brood::exit_reason", ExitReason),
    (r"brood::destination", Destination),
    (r"brood::detail::envelope", Envelope),
    (r"brood::any_message", AnyMessage),
    (r"brood::outcome<.*>", Outcome),
    (r"brood::task<.*>", Task),
)


class BroodPrinters:
    name, enabled, subprinters = "brood", True, None

    def __call__(self, value):
        name = value.type.unqualified().strip_typedefs().tag
        if not name or not name.startswith("brood::"):
            return None
        for pattern, printer in PRINTERS:
            if re.fullmatch(pattern, name, re.DOTALL):
                return printer(value)
        return None


gdb.pretty_printers[:] = [p for p in gdb.pretty_printers if getattr(p, "name", None) != "brood"]
gdb.pretty_printers.append(BroodPrinters())
