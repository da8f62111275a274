# Brood's commands for gdb: `source` this file, then `help brood`. docs/debugging.md shows them.
#
# Nothing of the program runs: all is read from its memory, so a core is as good as a live program, and one that is stuck or was
# killed in the middle of something, too.
import importlib
import os
import sys

writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try:
    for name in ("memory", "layout", "text", "process", "runtime", "messages", "waits", "frames", "commands", "printers"):
        importlib.reload(importlib.import_module("brood_gdb." + name))  # sourced again: what has changed is taken
finally:
    del sys.path[0]
    sys.dont_write_bytecode = writes_bytecode
