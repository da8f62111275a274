# The commands. None of them changes the program, and none goes on for ever, whatever the memory holds.
import os
from collections import Counter

import gdb

from . import frames, messages, waits
from .memory import Unreadable, clean
from .runtime import Runtime
from .text import cut, function, short

MOST_AWAITS = 64
MOST_MESSAGES = 20
MOST_LINES = 50


class Command(gdb.Command):
    """One command: `lines` gives what it prints."""

    def __init__(self, name):
        super().__init__("brood " + name, gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        try:
            runtime = Runtime()
            for line in self.lines(runtime, argument.strip()):
                gdb.write(line + "\n")
            for note in dict.fromkeys(runtime.notes):
                gdb.write(f"(not all could be read: {note})\n")
        except Unreadable as why:
            raise gdb.GdbError(f"brood: {why}") from None


def arguments(argument, usage, most):
    """WHO [N]: the first is everything but a last word that is a number behind something else."""
    words = argument.split()
    if not words:
        raise gdb.GdbError(usage)
    number = int(words.pop()) if len(words) > 1 and words[-1].isdecimal() and len(words[-1]) < 10 else most
    return " ".join(words), number


def number_in(argument, usage, otherwise):
    if argument and not (argument.isdecimal() and len(argument) < 10):
        raise gdb.GdbError(usage)
    return int(argument) if argument else otherwise


class Processes(Command):
    """Each living process: pid, state, unread messages, name or label, where it waits, for what.
brood processes [TEXT]: only those whose line contains TEXT. + after the number: more has arrived and is not taken in."""

    def lines(self, runtime, wanted):
        shown = alive = 0
        for p in runtime.living():
            alive += 1
            more = "+" if p.arrived else " "
            line = f"{p.pid:18} {p.state:9} {p.unread:6}{more} {cut(p.name or p.label or '-', 20):20} {short(p.place()):30} {cut(p.awaits())}".rstrip()
            if wanted in line:
                shown += 1
                yield line
        yield f"{alive} processes" if shown == alive else f"{shown} of {alive} processes"


class Stack(Command):
    """The awaits of a process, innermost first: function at file:line; what it waits for; who spawned it, where.
brood stack PID|NAME [N]: the innermost N, else 64. A pid as printed, or its second number alone."""

    def lines(self, runtime, argument):
        who, most = arguments(argument, "usage: brood stack PID|NAME [N]", MOST_AWAITS)
        p = runtime.find(who)
        yield f"{p.title}: {p.state}, {p.unread} unread{' and more arrived' if p.arrived else ''}"
        awaits = p.awaits()
        if awaits:
            limit = p.limit()
            yield f"  waits for {awaits}{f' ({limit})' if limit else ''}"
        try:
            for n, (place, _) in enumerate(p.stack()):
                if n == most:
                    yield f"  and more: brood stack {p.index} {10 * most}"
                    break
                yield f"  #{n:<2} {function(place[2])} at {place[0]}:{place[1]}"
        except Unreadable as why:
            yield f"  <{why}>"
        if p.spawned_at:
            yield f"  spawned at {p.spawned_at[0]}:{p.spawned_at[1]}" + (f" by {runtime.title_of(p.u64('parent'))}" if p.u64("parent") else "")


class Waits(Command):
    """How many processes are where, for what, the most common first.
brood waits [N]: the first N lines, else 50."""

    def lines(self, runtime, argument):
        most = number_in(argument, "usage: brood waits [N]", MOST_LINES)
        counts = Counter()
        for p in runtime.living():
            awaits = p.awaits()
            if awaits.startswith("the answer of"):  # of whom is what `brood calls` is for
                answer = p.answer
                awaits = "an answer" + (" to " + waits.request_of(p, answer) if answer[1] else "")
            counts[(p.state, short(p.place()), awaits)] += 1
        for (state, place, awaits), n in counts.most_common(most):
            yield f"{n:8} {state:9} {place:30} {cut(awaits)}".rstrip()
        rest = sum(n for _, n in counts.most_common()[most:])
        if rest:
            yield f"{rest:8} elsewhere, in {len(counts) - most} lines"


class Mailbox(Command):
    """The unread messages of a process, oldest first: their types, and their values where there is debug information.
brood mailbox PID|NAME [N]: the oldest N, else 20."""

    def lines(self, runtime, argument):
        who, most = arguments(argument, "usage: brood mailbox PID|NAME [N]", MOST_MESSAGES)
        yield from messages.mailbox(runtime.find(who), most)


class Calls(Command):
    """Who waits for whose answer: circles first, then whom most wait for.
brood calls [N]: N lines of each, else 50."""

    def lines(self, runtime, argument):
        yield from waits.report(runtime, number_in(argument, "usage: brood calls [N]", MOST_LINES))


class Schedulers(Command):
    """Each scheduler: what it does, whom it runs, how many wait for it, and its thread, for `thread N`."""

    def lines(self, runtime, argument):
        if not runtime.workers:
            yield "no runtime is running"
        numbers = thread_numbers() if runtime.workers else {}
        for w in runtime.workers:
            spare = w.index >= runtime.schedulers
            if spare and not w.thread:
                continue
            p = runtime.at_address(w.runs) if w.runs else None
            if w.runs:
                does = ("stuck in " if w.stuck else "runs ") + (f"{p.title} at {short(p.place())}" if p else f"a process that can't be read, at {w.runs:#x}")
            else:
                does = "asleep" if w.sleeps else "between two turns"
            thread = numbers.get(w.thread)
            where = f"thread {thread}" if thread else "no thread known"
            yield f"{'spare' if spare else 'scheduler':9} {w.index:2}  {where:15} {w.queued:6} queued  {does}"


def thread_numbers():
    """{pthread_t: gdb's number}. A core without libthread_db: the thread pointer is the pthread_t."""
    found, selected = {}, gdb.selected_thread()
    frame = None
    try:
        frame = gdb.selected_frame() if selected else None
    except gdb.error:
        pass
    for thread in gdb.selected_inferior().threads():
        try:
            found[int.from_bytes(thread.handle(), "little")] = thread.num
            continue
        except (gdb.error, RuntimeError, NotImplementedError):
            pass
        try:
            thread.switch()
            for register in ("$fs_base", "$tpidr"):
                value = gdb.parse_and_eval(register)
                if value.type.code != gdb.TYPE_CODE_VOID:
                    found[int(value) & 0xFFFFFFFFFFFFFFFF] = thread.num
                    break
        except (gdb.error, RuntimeError):
            pass
    if selected and selected.is_valid():
        selected.switch()
        if frame and frame.is_valid():
            frame.select()
    return found


class Frame(Command):
    """The parameters and variables of one of a process's coroutines, and $brood_frame, with all of its frame.
brood frame PID|NAME N: N as `brood stack` counts. Wants debug information (-g) of the file it is in."""

    def lines(self, runtime, argument):
        words = argument.split()
        if len(words) < 2 or not words[-1].isdecimal() or len(words[-1]) > 9:
            raise gdb.GdbError("usage: brood frame PID|NAME N")
        yield from frames.show(runtime.find(" ".join(words[:-1])), int(words[-1]))


class Brood(gdb.Command):
    """Processes of a program with Brood, live or in a core; no debug information is needed, nor symbols.
brood processes [TEXT], brood stack PID, brood waits, brood mailbox PID, brood calls, brood schedulers, brood frame PID N."""

    def __init__(self):
        super().__init__("brood", gdb.COMMAND_DATA, gdb.COMPLETE_COMMAND, True)


Brood()
for kind, name in ((Processes, "processes"), (Stack, "stack"), (Waits, "waits"), (Mailbox, "mailbox"), (Calls, "calls"),
                   (Schedulers, "schedulers"), (Frame, "frame")):
    kind(name)
