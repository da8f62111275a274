"""What the examples cost: bytes of each coroutine frame, time and memory to compile."""
import json, os, re, shlex, subprocess, time


def frames(root):
    """What a function allocates first, with a constant size, is its frame, if it has a part that is resumed: read from the release
    build's machine code."""
    found = False
    yield "frames of the examples, bytes (a process has a block of 224 besides, which holds a closure of up to 32):"
    for program in sorted((root / "build/release/examples").glob("*")):
        if not program.is_file() or not os.access(program, os.X_OK):
            continue
        code = subprocess.run(["objdump", "-dC", "--no-show-raw-insn", program], capture_output=True, text=True).stdout
        sizes, resumed, function, part, size = {}, set(), "", "", None
        for line in code.splitlines():
            if line.endswith(">:"):
                function, _, part = line[line.index("<") + 1:-2].partition(" [clone ")
                function, size = re.sub(r"\(.*", "", function.replace("(anonymous namespace)::", "")), None
                if part.startswith(".resume"):
                    resumed.add(function)
            elif got := re.search(r"mov\s+\$0x([0-9a-f]+),%edi", line):
                size = int(got[1], 16)
            elif "call" in line and "<brood::detail::allocate_of_class(" in line:
                if size and not part:
                    sizes.setdefault(function, size)
                size = None
        named = {f: s for f, s in sizes.items()
                 if f in resumed and f and "operator" not in f and not f.startswith(("brood::", "void brood::", "std::"))}
        if named:
            found = True
            yield f"  {program.name:<28}" + ", ".join(f"{f} {s}" for f, s in sorted(named.items(), key=lambda p: p[1]))
    if not found:
        raise SystemExit("tools/bench: no frame found in the examples: allocation is called differently now, see examples.py")


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
