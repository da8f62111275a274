# Who waits for whose answer. Each process waits for one at most, so a way along the arrows ends, or comes back: a circle.
from collections import Counter

from .memory import Unreadable, u64
from .text import short


def calls(runtime):
    """{caller: (callee, what for)}, by pid bits."""
    edges = {}
    for p in runtime.living():
        try:
            answer = p.answer
        except Unreadable as why:
            runtime.notes.append(f"whose answer {p.pid} waits for: {why}")
            continue
        if answer and answer[0]:
            edges[p.id] = answer[0]
    return edges


def circles(edges):
    found, done = [], set()
    for start in edges:
        way, places = [], {}
        at = start
        while at in edges and at not in done:
            done.add(at)
            places[at] = len(way)
            way.append(at)
            at = edges[at]
        if at in places:
            found.append(way[places[at] :])
    return found


def line_of(runtime, bits):
    try:
        p = runtime.tenant(bits)
        if not p:
            return runtime.title_of(bits)
        answer = p.answer
        request = " to " + request_of(p, answer) if answer and answer[1] else ""
        whom = f" waits for the answer of {runtime.title_of(answer[0])}{request}" if answer and answer[0] else f" {p.state}"
        limit = p.limit()
        return f"{p.title}{whom} at {short(p.place())}{f' ({limit})' if limit else ''}"
    except Unreadable as why:
        return f"{runtime.title_of(bits)} <{why}>"


def request_of(p, answer):
    return p.words.type(u64(answer[1] + p.layout["message_type.type"]))


def report(runtime, most):
    """Lines: circles, then whom most wait for, with those who do."""
    edges = calls(runtime)
    if not edges:
        yield "nobody waits for an answer"
        return
    in_circles = set()
    for circle in circles(edges):
        in_circles.update(circle)
        yield f"a circle of {len(circle)}: none of them will ever be answered" + (", unless a limit ends" if any_limit(runtime, circle) else "")
        for bits in circle[:most]:
            yield "  " + line_of(runtime, bits)
        if len(circle) > most:
            yield f"  and {len(circle) - most} more"
    behind = Counter()
    for caller, callee in edges.items():
        if caller not in in_circles:
            behind[callee] += 1
    waiting = {}
    for caller, callee in edges.items():
        if caller not in in_circles and len(waiting.setdefault(callee, [])) < most:
            waiting[callee].append(caller)
    for callee, n in behind.most_common(most):
        yield f"{n} wait for {runtime.title_of(callee)}, which is {state_of(runtime, callee)}"
        for caller in waiting[callee]:
            yield "  " + line_of(runtime, caller)
        if n > most:
            yield f"  and {n - most} more"
    if len(behind) > most:
        yield f"and others, who wait for {len(behind) - most} more processes"


def any_limit(runtime, circle):
    try:
        return any((p := runtime.tenant(bits)) and p.limit() for bits in circle)
    except Unreadable:
        return False


def state_of(runtime, bits):
    try:
        p = runtime.tenant(bits)
        if not p:
            return "dead"
        awaits = p.awaits()
        return f"{p.state} at {short(p.place())}" + (f" for {awaits}" if awaits else "")
    except Unreadable as why:
        return f"<{why}>"
