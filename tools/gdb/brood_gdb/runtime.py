# All processes, their names, the schedulers.
import re
import time

import gdb

from .layout import Layout
from .memory import Unreadable, clean, read, u8, u32, u64
from .process import Process
from .text import Words, pid

MOST_SLOTS = 1 << 28
MOST_NAMES = 1 << 22
MOST_BUCKETS = 1 << 20
MOST_WORKERS = 64
CHUNK = 4096  # slots read at once


class Worker:
    def __init__(self, layout, at, index):
        l = layout
        if u32(at + l["worker.index"]) != index:
            raise Unreadable(f"scheduler {index} at {at:#x} has been overwritten")
        process = lambda member: (u64(member) & ~3) - l["process_control.runnable"] if u64(member) else 0
        hand = at + l["worker.in_hand"]
        self.index = index
        self.runs = u64(at - l["core.worker"] + l["core.current"])
        self.next, self.resting = process(hand + l["hand.next"]), process(hand + l["hand.resting"])
        self.simulated = u8(at + l["worker.simulated"]) != 0
        self.stuck, self.turns = u8(at + l["worker.stuck"]) != 0, u64(at + l["worker.dispatches"])
        ring = lambda member: (u32(at + l[member] + l["ring.tail_"]) - u32(at + l[member] + l["ring.head_"])) & 0xFFFFFFFF
        spilled = u64(at + l["worker.overflow"] + l["overflow_batches.count_"]) * l["overflow_batches::batch_size"]
        self.queued = ring("worker.ring") + ring("worker.due_ring") + spilled + (self.next != 0)
        self.sleeps = u64(at + l["worker.sleeps_until"]) != 0
        self.thread = 0


class Runtime:
    """The program at this moment. What can't be read is left out, and `notes` says so."""

    def __init__(self):
        self.layout, self.notes = Layout(), []
        self.words = Words(self.layout)
        self.table = self.layout.table
        self.size = self.layout["sizeof process_control"]
        self.slots = u64(self.table + self.layout["process_table.slots_"])
        self.used = u32(self.table + self.layout["process_table.used_"])
        room = u32(self.table + self.layout["process_table.room_"])
        if not 0 < self.size < 1 << 16 or self.used > room or room > MOST_SLOTS:
            raise Unreadable(f"the process table has been overwritten: {self.used} of {room} slots are in use")
        self.workers, self.schedulers, self.names = [], 0, {}
        for look in (self.look_at_workers, self.look_at_names):
            try:
                look()
            except Unreadable as why:
                self.notes.append(str(why))
        self.running = {w.runs for w in self.workers if w.runs}
        self.resting = {w.resting for w in self.workers if w.resting}
        self.now = self.clock()

    def clock(self):
        """The processes' clock, if the program lives on this machine and its time is the machine's."""
        if any(w.simulated for w in self.workers):
            return None
        try:
            live = gdb.selected_inferior().connection.type == "native"
        except AttributeError:
            return None
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC) if live else None

    def look_at_workers(self):
        runtime = self.layout.runtime()
        if not runtime:
            return
        scheduler = runtime + self.layout["runtime_core.sched"]
        self.schedulers = u64(scheduler + self.layout["scheduler.schedulers"])
        for i, at in enumerate(self.layout.vector(scheduler + self.layout["scheduler.workers"], MOST_WORKERS)):
            self.workers.append(Worker(self.layout, at, i))
        threads = self.layout.vector(scheduler + self.layout["scheduler.threads_"], MOST_WORKERS)
        for worker, thread in zip(self.workers, threads):
            worker.thread = thread

    def look_at_names(self):
        l, index = self.layout, self.layout.names()
        if not index:
            return
        table = u64(index + l["index.newest_"])
        buckets, mask, link = u64(table + l["table.buckets"]), u64(table + l["table.mask"]), u32(table + l["table.link"])
        if mask >= MOST_BUCKETS or mask & (mask + 1) or link > 1:
            raise Unreadable("the table of names has been overwritten")
        size, first = l["sizeof bucket"], l["bucket.first"]
        for i in range(0, mask + 1, CHUNK):
            raw = read(buckets + i * size, min(CHUNK, mask + 1 - i) * size)
            for at in range(first, len(raw), size):
                self.look_at_chain(int.from_bytes(raw[at : at + 8], "little"), link)

    def look_at_chain(self, node, link):
        l, seen = self.layout, set()
        while node:
            length, who = u64(node + l["node.length_"]), u64(node + l["node.value_"])
            if length > 1 << 20 or node in seen or len(self.names) + len(seen) > MOST_NAMES:
                raise Unreadable("the table of names has been overwritten")
            seen.add(node)
            if who:  # else the process is being made
                self.names[who] = clean(read(node + l["sizeof node"], length).decode(errors="replace"))
            node = u64(node + l["node.next_"] + 8 * link)

    # ---- processes

    def process(self, slot):
        at = self.slots + slot * self.size
        return Process(self, at, read(at, self.size))

    def living(self):
        for first in range(1, self.used, CHUNK):
            n = min(CHUNK, self.used - first)
            try:
                raw = read(self.slots + first * self.size, n * self.size)
            except Unreadable as why:
                self.notes.append(f"processes 0.{first} to 0.{first + n - 1} are left out: {why}")
                continue
            for i in range(n):
                p = Process(self, self.slots + (first + i) * self.size, raw[i * self.size : (i + 1) * self.size])
                if p.is_alive(first + i):
                    yield p

    def at_address(self, at):
        """The living process whose control block that is, or None."""
        slot, rest = divmod(at - self.slots, self.size)
        if rest or not 0 < slot < self.used:
            return None
        p = self.process(slot)
        return p if p.is_alive(slot) else None

    def tenant(self, bits):
        """The living process with this pid, or None."""
        slot = bits & ((1 << self.layout["pid::index_bits"]) - 1)
        if not 0 < slot < self.used:
            return None
        p = self.process(slot)
        return p if p.id == bits and p.is_alive(slot) else None

    def title_of(self, bits):
        """A pid with its name, and whether it is dead."""
        try:
            p = self.tenant(bits)
        except Unreadable:
            return pid(bits)
        return p.title if p else f"{pid(bits)} (dead)"

    def find(self, who):
        """By pid (#PID<0.107.1>, 0.107.1, 107.1, 107), name or label."""
        numbers = re.fullmatch(r"(?:#PID<)?(?:0\.)?(\d+)(?:\.(\d+))?>?", who)
        if not numbers:
            for bits, name in self.names.items():
                if name == who:
                    p = self.tenant(bits)
                    if p:
                        return p
            for p in self.living():
                if p.label == who:
                    return p
            raise Unreadable(f"no living process has the name or the label {who}")
        slot, serial = int(numbers[1]), numbers[2]
        if not 0 < slot < self.used:
            raise Unreadable(f"there has never been a process 0.{slot}")
        p = self.process(slot)
        if serial and p.id >> self.layout["pid::index_bits"] != int(serial):
            tenant = f"; {p.pid} has its place now" if p.is_alive(slot) else ""
            raise Unreadable(f"#PID<0.{slot}.{serial}> is dead{tenant}")
        if not p.is_alive(slot):
            raise Unreadable(f"#PID<0.{slot}.{p.id >> self.layout['pid::index_bits']}> is dead")
        return p
