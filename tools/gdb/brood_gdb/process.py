# One process, from its control block.
import struct

from .memory import Unreadable, u8, u64
from .text import FOREVER, duration, pid

MOST_FRAMES = 1_000_000  # as deep as anybody has awaited


class Process:
    def __init__(self, runtime, at, raw):
        self.runtime, self.layout, self.words = runtime, runtime.layout, runtime.words
        self.at, self.raw = at, raw
        self.id = self.u64("id")
        self.word = self.number(self.layout["process_control.inbox"] + self.layout["word.word_"])

    def number(self, offset):
        if offset + 8 > len(self.raw):
            raise Unreadable("Brood's layout has been overwritten: a member lies outside its process")
        return struct.unpack_from("<Q", self.raw, offset)[0]

    def u64(self, member):
        return self.number(self.layout["process_control." + member])

    def u32(self, offset):
        return self.number(offset) & 0xFFFFFFFF

    @property
    def pid(self):
        return pid(self.id)

    @property
    def index(self):
        return self.id & ((1 << self.layout["pid::index_bits"]) - 1)

    def is_alive(self, slot):
        serial = self.id >> self.layout["pid::index_bits"]
        tag = self.word >> self.layout["word::tag_shift"]
        return self.index == slot and serial != 0 and tag == serial & 0xFFFF and not self.word & self.layout["word::closed"]

    def flag(self, name):
        return bool(self.u32(self.layout["process_control.process_flags"]) & self.layout["process_flags." + name])

    @property
    def state(self):
        """As inspect has it; `runnable` too for who was woken and has not had its turn."""
        running = self.at in self.runtime.running
        if self.flag("exiting"):
            return "exiting"
        if self.flag("held"):
            return "suspended"
        if running:
            return "running"
        if self.word & self.layout["word::parked"] or self.at in self.runtime.resting:
            return "waiting"
        return "runnable"

    @property
    def unread(self):
        return self.u32(self.layout["process_control.queue"] + self.layout["message_queue.count_"])

    @property
    def arrived(self):
        """The newest of what has come and is not taken in yet; 0: nothing."""
        return self.word & ((1 << self.layout["word::tag_shift"]) - 1) & ~self.layout["word::state_mask"]

    @property
    def label(self):
        extra = self.u64("extra")
        try:
            return self.layout.string(extra + self.layout["process_extra.label"]) if extra else ""
        except Unreadable:
            return "<its label can't be read>"

    @property
    def name(self):
        return self.runtime.names.get(self.id, "")

    @property
    def title(self):
        return " ".join(filter(None, (self.pid, self.name or self.label)))

    @property
    def spawned_at(self):
        return self.words.place(self.u64("spawned_at"))

    # ---- what it waits for

    @property
    def answer(self):
        """(whose, the type of the request or 0, within how many ns) if it waits for an answer."""
        wait = self.u64("wait")
        if not wait or not self.raw[self.layout["process_control.waits_answer"]]:
            return None
        at = wait - self.layout["answer_waiter.waiter"]
        limit = u64(at + self.layout["answer_waiter.limit"])
        return u64(at + self.layout["answer_waiter.whom"]), u64(at + self.layout["answer_waiter.asked"]), limit

    @property
    def types(self):
        """The types that its receive takes; None: it is not in a receive."""
        if not self.u64("wait") or self.answer is not None:
            return None
        return self.words.taken_by(self.u64("kind"))

    def awaits(self):
        """In a few words; empty if it does not wait."""
        try:
            if not self.u64("wait"):
                return ""
            answer = self.answer
            if answer:
                whom, asked, _ = answer
                request = f" to {self.words.type(u64(asked + self.layout['message_type.type']))}" if asked else ""
                return f"the answer of {self.runtime.title_of(whom) if whom else 'the runtime'}{request}"
            types = self.types
            return "time" if types is None else ", ".join(types) or "any_message"
        except Unreadable as why:
            return f"<{why}>"

    def limit(self):
        """How long it waits at most: in a live program what is left of that."""
        wait = self.u64("wait")
        deadline = self.u64("deadline")
        if not wait or deadline == FOREVER:
            return ""
        answer = self.answer
        at_most = f"{duration(answer[2])} at most" if answer and answer[2] < 1 << 63 else "a limited time"
        now = self.runtime.now
        if deadline >> 63 or now is None or deadline - now > 1 << 60:
            return at_most
        left = f"{duration(deadline - now)} left" if deadline > now else "its time is over"
        return f"{at_most}, {left}" if answer else left

    # ---- where it is

    def frame(self, at):
        """(parent, awaited at, awaited quietly) of the frame; the last two are None if nobody awaits it."""
        l = self.layout
        if u64(at + l["frame_base.proc"]) != self.at + l["process_control.process_stack"]:
            raise Unreadable(f"the frame at {at:#x} is none of this process's: its memory is overwritten from there on")
        parent = u64(at + l["frame_base.parent"])
        if not parent or parent == at:
            return 0, None, None
        return parent, u64(at + l["task_frame.awaited_at"]), bool(u8(at + l["task_frame.owner_"]) & 1)

    def stack(self):
        """Its awaits, innermost first: (place, the frame of the coroutine that the await stands in). lib/process/await_stack.cpp"""
        at = self.u64("top")
        site = self.words.place(self.u64("site"))
        seen = 0
        parent, awaited_at, quietly = self.frame(at) if at else (0, None, None)
        if site and not (parent and self.words.place(awaited_at) == site):
            yield site, at
        while parent:
            place = None if quietly else self.words.place(awaited_at)
            at = parent
            if place:
                yield place, at
            seen += 1
            if seen > MOST_FRAMES:
                raise Unreadable(f"more than {MOST_FRAMES} frames: they lead round in a circle")
            parent, awaited_at, quietly = self.frame(at)

    def place(self):
        """Where it waits or has awaited last. A process of the library's own: where it was spawned."""
        return self.words.place(self.u64("site")) or self.spawned_at
