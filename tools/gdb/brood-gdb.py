# Brood's commands for gdb: `source` this file, then `help brood`. docs/debugging.md shows them.
#
# Nothing of the program runs: all is read from its memory. So a core is as good as a live program, and so is a program that is stuck
# or was killed in the middle of something.
import os
import sys

for name in [name for name in sys.modules if name.split(".")[0] == "brood_gdb"]:
    del sys.modules[name]  # sourced again, from here or from elsewhere: what is here is taken

writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try:
    import brood_gdb.commands
    import brood_gdb.printers
finally:
    del sys.path[0]
    sys.dont_write_bytecode = writes_bytecode
