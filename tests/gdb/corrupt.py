# Run by gdb on a core: what the commands read is spoiled, seed by seed, word by word. None may fail in another way than by a sentence.
import os
import random
import struct
import sys
import time
import traceback

import gdb
from brood_gdb import layout, memory, messages, process, runtime, text, waits, frames

true_read = memory.read
COMMANDS = ("processes", "waits", "calls 5", "schedulers", "stack chain", "stack reader", "mailbox reader", "mailbox silent", "frame values 0")
ROUNDS, SECONDS = int(os.environ.get("CORRUPT_ROUNDS", "300")), 40


def spoiled(rng, share, seen):
    def read(at, size):
        raw = true_read(at, size)
        if size < 4 or rng.random() >= share:
            return raw
        words = bytearray(raw)
        for _ in range(rng.choice((1, 1, 3))):
            place = rng.randrange(0, max(1, size - 7), 4)
            value = rng.choice((0, 1, 2, 0xFFFFFFFF, 1 << 63, (1 << 64) - 1, rng.getrandbits(64), rng.getrandbits(47) & ~7, at, rng.choice(seen)))
            words[place : place + 8] = struct.pack("<Q", value)
        seen[rng.randrange(len(seen))] = at
        return bytes(words[:size])

    return read


failures, sentences, began = 0, 0, time.monotonic()
# Python and gdb print long numbers and paths in sentences: the sentences themselves are wanted, not an error inside.
for seed in range(ROUNDS):
    rng = random.Random(seed)
    read = spoiled(rng, rng.choice((0.001, 0.02, 0.2)), [1 << 20] * 8)
    for module in (memory, layout, process, runtime, messages, text, waits, frames):
        if hasattr(module, "read"):
            module.read = read
    for command in COMMANDS:
        start = time.monotonic()
        try:
            gdb.execute("brood " + command, to_string=True)
        except gdb.error as why:
            sentences += 1
            if "brood" not in str(why) or "Error occurred in Python" in str(why):
                failures += 1
                print(f"FAILED: seed {seed}: brood {command}: {why}")
        if time.monotonic() - start > 10:
            failures += 1
            print(f"FAILED: seed {seed}: brood {command} took {time.monotonic() - start:.0f} s")
    if failures > 5 or time.monotonic() - began > SECONDS:
        break
if not sentences:
    failures += 1
    print("FAILED: nothing was ever found wrong: nothing was spoiled")
print(f"corrupt: {seed + 1} rounds, {sentences} sentences, {failures} failed")
sys.stdout.flush()
gdb.execute(f"quit {1 if failures else 0}")
