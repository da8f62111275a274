# Run by gdb, on the live program or its core: what the commands print is what the library said of itself (program.cpp), and more.
#   CHECK_TOLD  what the program printed        CHECK_LIVE=1  it lives      CHECK_SYMBOLS=1  with debug information
import os
import re
import sys
import traceback

import gdb

told = [line.split("|") for line in open(os.environ["CHECK_TOLD"]).read().splitlines()]
live, symbols = os.environ.get("CHECK_LIVE") == "1", os.environ.get("CHECK_SYMBOLS") == "1"
source = open(os.environ["CHECK_SOURCE"]).read().splitlines()
failures = 0


def run(command):
    try:
        return gdb.execute(command, to_string=True)
    except gdb.error as why:
        return f"{why}\n"


def want(holds, what, seen):
    global failures
    if not holds:
        failures += 1
        print(f"FAILED: {what}\n  what was printed:\n    " + seen.rstrip().replace("\n", "\n    "))


def want_line(pattern, seen, what):
    want(re.search(pattern, seen, re.MULTILINE), f"{what}: no line like  {pattern}", seen)


def line_with(code):
    """The number of the one line of the program that holds this."""
    return [n + 1 for n, line in enumerate(source) if code in line][0]


def told_of(kind, name):
    return [line[2:] for line in told if line[0] == kind and line[1] == name]


def bare(function):
    return function.replace("(anonymous namespace)::", "").replace("{anonymous}::", "")


def check_what_was_told():
    listed = run("brood processes")
    alive = [line[1] for line in told if line[0] == "alive"][0]
    want_line(rf"^{alive} processes$", listed, "the number of processes")
    for name, (who, state, unread) in ((line[1], line[2:]) for line in told if line[0] == "process"):
        rows = [row for row in listed.splitlines() if row.startswith(who + " ")]
        want(len(rows) == 1, f"one line for {name} in brood processes", listed)
        want_line(rf"^{re.escape(who)} +{state} +{unread}[+ ] +{name} ", rows[0] if rows else "", name)
        stack = run(f"brood stack {name}")
        want_line(rf"^{re.escape(who)} {name}: {state}, {unread} unread", stack, f"stack of {name}")
        awaits = re.findall(r"^  #(\d+) +(.*) at (\S+)$", stack, re.MULTILINE)
        want([a[2] for a in awaits] == [a[0] for a in told_of("await", name)], f"the places of {name} are those of inspect", stack)
        for (number, function, _), (_, full) in zip(awaits, told_of("await", name)):
            want(bare(full).endswith(function) and "(" in function, f"{name} #{number} is in {full}", stack)
        for (type,) in told_of("type", name):
            want_line(rf"^  waits for .*\b{re.escape(type)}\b", stack, f"{name} waits for {type}")
            want(type in (rows or [""])[0], f"{name} waits for {type}", (rows or [""])[0])
        for whom, asks in told_of("answer", name):
            want_line(rf"^  waits for the answer of {re.escape(whom)}.* to {re.escape(asks)}", stack, f"whose answer {name} waits for")
        want_line(rf"^  spawned at .*program.cpp:\d+ by #PID<0.\d+.\d+>$", stack, f"who spawned {name}")


def check_limits():
    want_line(r"waits for order, cancel \(7\d\d\d s left\)" if live else r"waits for order, cancel \(a limited time\)",
              run("brood stack reader"), "the limit of a receive")
    want_line(r"to ask \(7200 s at most(, 7\d\d\d s left)?\)", run("brood stack caller"), "the limit of a call")
    want_line(r"waits for time", run("brood stack sleeper"), "a sleeper")
    want("(" not in run("brood stack store").splitlines()[1], "a server that waits for ever has no limit", run("brood stack store"))


def check_pids():
    who = [line[2] for line in told if line[0] == "process" and line[1] == "reader"][0]
    slot, serial = re.findall(r"\d+", who)[1:]
    for spelling in (who, f"0.{slot}.{serial}", f"{slot}.{serial}", slot, "reader"):
        want(run(f"brood stack {spelling}").startswith(who), f"brood stack {spelling}", run(f"brood stack {spelling}"))
    want_line(r"is dead; .* has its place", run(f"brood stack 0.{slot}.{int(serial) + 1}"), "a dead process")
    want_line("has never been", run("brood stack 12345678"), "a process that never was")
    want_line("no living process has the name or the label nobody", run("brood stack nobody"), "an unknown name")
    want_line("usage: brood stack", run("brood stack"), "no argument")


def check_waits():
    crowd = line_with("process crowd()")
    waits = run("brood waits")
    want_line(rf"^ +501 waiting +gdb/program.cpp:{crowd} +cancel$", waits, "the crowd and who has a label")
    want_line(rf"^ +1 suspended +gdb/program.cpp:{crowd} +cancel$", waits, "who is suspended")
    want_line(rf"^ +3 waiting +gdb/program.cpp:{line_with('call(next.next')} +an answer to ask$", waits, "the circle")
    want_line(r"^ +\d+ elsewhere, in \d+ lines$", run("brood waits 1"), "a limit")
    some = run(f"brood processes program.cpp:{crowd}")
    want_line(r"^502 of \d+ processes$", some, "brood processes with a text")


def check_mailbox():
    mail = run("brood mailbox reader")
    want_line(r": 3 unread$", mail, "the number of messages")
    if symbols:
        want_line(r'^ +1  note \{number = 1, text = .*"first".*\}$', mail, "the oldest message")
        want_line(r"^ +3  bad_config \{line = 5\}$", mail, "the newest message")
    else:
        want_line(r"^ +1  note$", mail, "the oldest message")
        want_line(r"^ +3  bad_config$", mail, "the newest message")
    want_line("and 2 more", run("brood mailbox reader 1"), "a limit")
    held = run("brood mailbox silent")
    want_line(r"^ +1  ask.*, a call from #PID<0.\d+.\d+>$", held, "a call that nobody has taken")
    if symbols:
        want_line(r"ask \{question = 7\}", held, "the value of a call")


def check_calls():
    calls = run("brood calls")
    want_line("^a circle of 3: none of them will ever be answered$", calls, "the circle")
    for a, b in (("left", "right"), ("right", "third"), ("third", "left")):
        want_line(rf"^  #PID<0.\d+.\d+> {a} waits for the answer of #PID<0.\d+.\d+> {b} to ask at gdb/program.cpp:\d+$", calls, "an edge")
    want_line(r"^1 wait for #PID<0.\d+.\d+> silent, which is waiting at .* for answer_to_all$", calls, "who is behind whom")
    want_line(r"^  #PID<0.\d+.\d+> caller waits .*7200 s at most", calls, "who calls silent")


def check_schedulers():
    found = run("brood schedulers")
    want_line(r"^scheduler +\d+  thread \d+ .*stuck in #PID<0.\d+.\d+> blocker at gdb/program.cpp:\d+$", found, "who blocks a scheduler")
    want(len(re.findall(r"^scheduler ", found, re.MULTILINE)) == 2, "two schedulers", found)
    thread = re.search(r"thread (\d+) .*blocker", found)
    if thread and symbols:
        backtrace = run(f"thread apply {thread[1]} backtrace")
        want("blocker" in backtrace, "the thread is the one that runs it", backtrace)
    want_line(r"^#PID<0.\d+.\d+> blocker: running, 0 unread", run("brood stack blocker"), "who runs")


def check_frame():
    frame = run("brood frame chain 1")
    want_line(r"^#1  .*middle\(int\)$", frame, "the second await")
    if not symbols:
        want_line("not known: compile this file with -g", frame, "a frame without debug information")
        return
    want_line(r"^    depth = 1$", frame, "a parameter")
    want_line(r"= 1$", run("print $brood_frame.depth"), "$brood_frame")
    want_line(r"^    depth = 2$", run("brood frame chain 0"), "a parameter of the innermost")
    want_line("has no frame 17", run("brood frame chain 17"), "a frame that is not there")
    check_printers(run("brood frame values 0"))


def check_printers(frame):
    for name, value in (
        ("nobody_at_all", "nobody"), ("reference", r"#Reference<0\.0\.\d+\.\d+>"), ("atom", ":shutdown"), ("number", "42"),
        ("failed", r"\*\* \(std::runtime_error\) oops"), ("own", r"\{line = 3\}"), ("orderly", r"\{:shutdown, 7\}"),
        ("by_name", '.*"store".*'), ("by_pid", r"#PID<0\.\d+\.\d+>"), ("five", "5 s"), ("ever", "infinity"),
        ("message", r'note \{number = 99, text = .*"kept".*\}'), ("other", r"#PID<0\.\d+\.\d+>"),
    ):
        want_line(rf"^    {name} = {value}$", frame, f"the printed {name}")


print(f"checks: {'live' if live else 'core'}, {'with' if symbols else 'without'} debug information")
try:
    for check in (check_what_was_told, check_limits, check_pids, check_waits, check_mailbox, check_calls, check_schedulers, check_frame):
        check()
except Exception:
    failures += 1
    traceback.print_exc()
print(f"checks: {failures} failed")
sys.stdout.flush()
gdb.execute(f"quit {1 if failures else 0}") if not live or failures else None
