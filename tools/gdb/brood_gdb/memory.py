# Reading the program's memory. It may be that of a crash: every pointer may point anywhere, every length may be anything.
import struct

import gdb

MOST_BYTES = 1 << 24


class Unreadable(Exception):
    """What was looked at is not there, or can't be what it should be. The text is a sentence for the user."""


def read(at, size):
    if not 0 < at < 1 << 64 or not 0 <= size <= MOST_BYTES:
        raise Unreadable(f"{size} bytes at {at:#x} are no memory of this program")
    try:
        return bytes(gdb.selected_inferior().read_memory(at, size)) if size else b""
    except (gdb.error, OverflowError, ValueError, MemoryError):
        raise Unreadable(f"no memory can be read at {at:#x}") from None


def u8(at):
    return read(at, 1)[0]


def u32(at):
    return struct.unpack("<I", read(at, 4))[0]


def u64(at):
    return struct.unpack("<Q", read(at, 8))[0]


def text(at, most=4096):
    """A C string. Read by pieces that end where a page may: what lies behind may not be there."""
    out = bytearray()
    while len(out) < most:
        piece = read(at + len(out), 64 - (at + len(out)) % 64)
        end = piece.find(0)
        if end >= 0:
            return (bytes(out) + piece[:end]).decode(errors="replace")
        out += piece
    return bytes(out[:most]).decode(errors="replace") + "…"


def clean(words):
    """For a terminal: what a program calls its types and names must not move the cursor."""
    return "".join(c if c.isprintable() else "\ufffd" for c in words)
