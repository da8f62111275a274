# Where things lie in this program: the record that the library carries (lib/process/debug_layout.hpp).
import re

import gdb

from .memory import Unreadable, clean, read, u64

VERSION = 1
MAGIC = b"brood layout\0\0\0\0"
HEAD = 56  # magic, four numbers, three addresses
MOST_ENTRIES = 1024


def places_of_the_record():
    """By its section, which strip leaves; where gdb does not list sections, by its symbol."""
    found = [int(m, 16) for m in re.findall(r"(0x[0-9a-f]+) - 0x[0-9a-f]+ is \.brood_layout", gdb.execute("info files", to_string=True))]
    if not found:
        try:
            found = [int(gdb.parse_and_eval("(unsigned long)&'brood_layout'"))]
        except gdb.error:
            pass
    return found


class Layout:
    def __init__(self):
        places = places_of_the_record()
        if not places:
            raise Unreadable("there is no Brood in this program, or gdb does not know its file: gdb PROGRAM CORE, or gdb -p PID")
        wrong = None
        for at in places:
            try:
                self.load(at)
                self.table = u64(self.roots[0])
                if self.table:
                    return
                wrong = wrong or Unreadable("no process has been spawned yet")
            except Unreadable as why:
                wrong = why
        raise wrong

    def load(self, at):
        head = read(at, HEAD)
        if not any(head):
            raise Unreadable("the program has not started: Brood fills in its layout when it does")
        if not head.startswith(MAGIC):
            raise Unreadable(f"Brood's layout at {at:#x} has been overwritten, or the core belongs to another program")
        number = lambda offset: int.from_bytes(head[offset : offset + 4], "little")
        version, size, count, pointer = number(16), number(20), number(24), number(28)
        if version != VERSION:
            raise Unreadable(
                f"the layout of this program's Brood is version {version}, these commands know version {VERSION}: "
                "source the brood-gdb.py that came with the library it was linked with"
            )
        if size != 48 or not 0 < count <= MOST_ENTRIES or pointer != 8:
            raise Unreadable(f"Brood's layout at {at:#x} has been overwritten: {count} entries of {size} bytes")
        entries = read(at + HEAD, size * count)
        self.values = {}
        for i in range(0, len(entries), size):
            name = entries[i : i + 44].split(b"\0")[0].decode(errors="replace")
            self.values[name] = int.from_bytes(entries[i + 44 : i + 48], "little")
        self.roots = [int.from_bytes(head[32 + 8 * i : 40 + 8 * i], "little") for i in range(3)]

    def __getitem__(self, name):
        try:
            return self.values[name]
        except KeyError:
            raise Unreadable(f"the layout of this program's Brood does not say where {name} is") from None

    # The addresses of what else the library begins with; None: it is not there yet, or no more.
    def runtime(self):
        return u64(self.roots[1]) or None

    def names(self):
        return u64(self.roots[2]) or None

    def string(self, at, most=400):
        """A std::string."""
        size = u64(at + self["string.size"])
        data = u64(at + self["string.data"])
        if size == 0:
            return ""
        if size > 1 << 40:
            raise Unreadable(f"the text at {at:#x} can't be {size} bytes long")
        words = clean(read(data, min(size, most)).decode(errors="replace"))
        return words + "…" if size > most else words

    def vector(self, at, most):
        """The 8-byte words of a std::vector."""
        begin, end = u64(at + self["vector.begin"]), u64(at + self["vector.end"])
        if end < begin or (end - begin) % 8 or (end - begin) // 8 > most:
            raise Unreadable(f"the list at {at:#x} can't go from {begin:#x} to {end:#x}")
        words = read(begin, end - begin) if end > begin else b""
        return [int.from_bytes(words[i : i + 8], "little") for i in range(0, len(words), 8)]

