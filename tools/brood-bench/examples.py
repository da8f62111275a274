"""What the examples cost: bytes of each coroutine frame, time and memory to compile."""
import json, os, re, shlex, subprocess, time


def frames(root):
    """A coroutine allocates its frame with a constant size: read from the release build's machine code."""
    yield "frames of the examples, bytes (a process has a block of 224 besides, which holds a closure of up to 32):"
    for program in sorted((root / "build/release/examples").glob("*")):
        if not program.is_file() or not os.access(program, os.X_OK):
            continue
        code = subprocess.run(["objdump", "-dC", "--no-show-raw-insn", program], capture_output=True, text=True).stdout
        sizes, function, size = {}, "", None
        for line in code.splitlines():
            if line.endswith(">:"):
                function, size = line[line.index("<") + 1:-2], None
            elif got := re.search(r"mov\s+\$0x([0-9a-f]+),%edi", line):
                size = int(got[1], 16)
            elif "call" in line and "<brood::detail::allocate(unsigned long)" in line:
                if size and not function.startswith("brood::detail") and "operator" not in function:
                    sizes[re.sub(r"\(.*", "", function.replace("(anonymous namespace)::", ""))] = size
                size = None
        named = {f: s for f, s in sizes.items() if not f.startswith(("brood::", "void brood::", "std::"))}
        if named:
            yield f"  {program.name:<28}" + ", ".join(f"{f} {s}" for f, s in sorted(named.items(), key=lambda p: p[1]))


def compile_costs(root):
    """hello, ping-pong and the largest example, by the release build's own command without ccache."""
    commands = {c["file"]: c for c in json.load(open(root / "build/release/compile_commands.json"))}
    sources = sorted((root / "examples").glob("*.cpp"), key=lambda p: p.stat().st_size)
    chosen = [p for p in sources if "hello" in p.name or "ping" in p.name] + sources[-1:]
    yield "compiling, seconds and peak memory:"
    for source in dict.fromkeys(chosen):
        command = shlex.split(commands[str(source)]["command"])
        while not command[0].endswith(("clang++-19", "clang++", "g++")):
            command.pop(0)
        command[command.index("-o") + 1] = os.devnull
        began = time.monotonic()
        p = subprocess.Popen(command, cwd=commands[str(source)]["directory"])
        _, status, used = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        yield f"  {source.name:<28}{time.monotonic() - began:6.1f} s {used.ru_maxrss // 1024:6} MiB" + (
            "" if p.returncode == 0 else "   FAILED")
