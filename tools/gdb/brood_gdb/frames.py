# The frame of a suspended coroutine. It is no frame of gdb's: what gdb knows of it is the type that the compiler made for it.
import re

import gdb

from .memory import Unreadable, u64
from .text import clean, cut, without_namespace

# What the compilers keep there beside the user's variables; clang calls temporaries by their types.
NOT_THE_USERS = re.compile(r"__|_Coro_|(class|struct|union|enum|PointerType|Array).*_\d+$")


def frame_type(resume):
    """The type of the frame that this function resumes; None without debug information. clang calls the variable __coro_frame, g++
    frame_ptr."""
    try:
        block = gdb.block_for_pc(resume)
        while block and not block.is_global:
            for symbol in block:
                if symbol.name in ("__coro_frame", "frame_ptr"):
                    kind = symbol.type.strip_typedefs()
                    while kind.code in (gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_REF):
                        kind = kind.target().strip_typedefs()
                    return kind
            block = block.superblock
    except (gdb.error, RuntimeError):
        pass
    return None


def show(p, number):
    """Lines; the frame is in $brood_frame then, if there is debug information of it."""
    for n, (place, frame) in enumerate(p.stack()):
        if n == number:
            break
    else:
        raise Unreadable(f"{p.pid} has no frame {number}: `brood stack` counts them")
    handle = frame - p.layout["frame_base.handle"]
    resume = u64(handle)
    yield f"#{number}  {without_namespace(place[2])}"
    yield f"    at {place[0]}:{place[1]}, frame at {handle:#x}"
    kind = frame_type(resume)
    if kind is None:
        yield "    its parameters and variables are not known: compile this file with -g"
        return
    value = gdb.Value(handle).cast(kind.pointer()).dereference()
    gdb.set_convenience_variable("brood_frame", value)
    for field in kind.fields():
        if field.name and not NOT_THE_USERS.match(field.name):
            yield f"    {field.name} = {print_value(value[field])}"
    yield "    ($brood_frame has all of it)"


def print_value(value):
    try:
        return clean(cut(value.format_string(max_elements=32, max_depth=4).replace("\n", " "), 300))
    except Exception:  # the printers that run here are anybody's
        return "<can't be read>"
