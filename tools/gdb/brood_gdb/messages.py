# A process's messages, and one message: its type, and with debug information its value.
import gdb

from .memory import Unreadable, u32, u64, u8
from .text import clean, cut, pid

MOST_ARRIVED = 1_000_000


class Message:
    def __init__(self, words, at):
        self.layout, self.words, self.at = words.layout, words, at
        l = self.layout
        self.type = u64(at + l["envelope.type"])
        self.kind = u8(self.type + l["message_type.kind"])
        self.payload = at + u32(self.type + l["message_type.offset"])
        self.info = u64(self.type + l["message_type.type"])

    def is_kind(self, name):
        return self.kind == self.layout["signal_kind::" + name]

    def __str__(self):
        if self.is_kind("alias_message"):
            return "through an alias: " + str(Message(self.words, u64(self.payload + self.layout["alias_signal.message"])))
        words = self.words.type(self.info)
        for kind, signal in (("exit_by_link", "exit signal"), ("exit", "exit signal"), ("down", "DOWN"), ("answer", "answer")):
            if self.is_kind(kind):
                words = f"{signal}: {words}"
        value = self.value()
        if value is not None:
            words += " " + clean(cut(value, 300))
        if self.is_kind("call"):
            words += f", a call from {pid(u64(self.payload + self.layout['call_head.from']))}"
        return words

    def value(self):
        """As gdb prints it; None without debug information of its type."""
        try:
            kind = gdb.lookup_type(self.words.full_type(self.info))
            at = self.payload
            if self.is_kind("call"):  # the message lies behind the head
                at += -(-self.layout["sizeof call_head"] // kind.alignof) * kind.alignof
            value = gdb.Value(at).cast(kind.pointer()).dereference()
            return value.format_string(max_elements=32, max_depth=4).replace("\n", " ")
        except Exception:  # the printers that run here are anybody's
            return None


def chain(layout, at, most):
    """The addresses of a list of envelopes, and whether there are more."""
    found = []
    while at and len(found) < most:
        found.append(at)
        at = u64(at + layout["envelope.next"])
    return found, at != 0


def show(words, at):
    try:
        return str(Message(words, at))
    except Unreadable as why:
        return f"<a message that can't be read: {why}>"


def mailbox(p, most):
    """Lines."""
    layout = p.layout
    queue, _ = chain(layout, u64(p.at + layout["process_control.queue"] + layout["message_queue.head_"]), most)
    yield f"{p.title}: {p.unread} unread"
    for n, at in enumerate(queue):
        yield f"  {n + 1:>3}  {show(p.words, at)}"
    if p.unread > len(queue):
        yield f"       and {p.unread - len(queue)} more"
    try:
        arrived, more = chain(layout, p.arrived, MOST_ARRIVED)
    except Unreadable as why:
        yield f"  what has arrived can't be read: {why}"
        arrived, more = [], False
    if arrived:
        yield f"  {len(arrived)}{' or more' if more else ''} arrived, not taken in yet, oldest first:"
        for at in reversed(arrived[-most:]):
            yield f"       {show(p.words, at)}"
    extra = p.u64("extra")
    late, more = chain(layout, u64(extra + layout["process_extra.deferred"]), most) if extra else ([], False)
    if late:
        yield f"  {len(late)}{' or more' if more else ''} held back by the simulator, oldest first:"
        for at in late:
            yield f"       {show(p.words, at)}"
