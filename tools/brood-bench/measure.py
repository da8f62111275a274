"""What tools/bench runs once all is built: measures, prints tables, writes them and their plots to build/bench/."""
import argparse, json, os, pathlib, statistics, subprocess, sys
import examples, plot

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BENCH = ROOT / "build/release/brood-bench"
OUT = ROOT / "build/bench"

FULL = {
    "ping_pong": "1000000", "ring": "1000 2000000", "fan_in": "100 20000", "skynet": "1000000", "spawn_exit": "1000000",
    "idle": "1000000", "timers": "1000000", "after_expiry": "100000", "after_churn": "1000000",
    "selective_call": "100000 100000", "gen_call": "1000000", "ref_call": "1000000", "exit_cascade": "1000000",
    "exit_star": "1000000", "monitor_down": "1000000", "big": "1000 1000", "busy_latency": "2 3000",
    "death_beside": "1000000", "group_death": "40000", "register_latency": "8 1000",
}
# What grows, the workload, its arguments with N in place of what grows, the values of N.
GROWTH = [
    ("leaves", "skynet", "N", [10**k for k in range(3, 8)]),
    ("links", "exit_cascade", "N", [10**k for k in range(3, 7)]),
    ("monitors", "monitor_down", "N", [10**k for k in range(3, 7)]),
    ("timers", "timers", "N", [10**k for k in range(3, 7)]),
    ("members", "group_death", "N", [10**k for k in range(3, 6)]),
    ("idle processes", "idle", "N", [10**k for k in range(3, 8)]),
    ("unread messages", "selective_call", "N 100000", [10**k for k in range(7)]),
    ("bytes a message", "message_size", "N 500000", [8, 64, 512, 4096]),
    ("schedulers", "big", "1000 1000", [1, 2, 4, 8]),
    ("schedulers", "skynet", "1000000", [1, 2, 4, 8]),
]


def run(name, arguments, schedulers=None):
    env = dict(os.environ, **({"BROOD_SCHEDULERS": str(schedulers)} if schedulers else {}))
    done = subprocess.run([BENCH, name, *arguments.split()], capture_output=True, text=True, env=env, timeout=180)
    if done.returncode != 0:
        sys.exit(f"brood-bench {name} {arguments}: {done.stderr.strip() or done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def figure(result):
    return next(result[k] for k in ("bytes_per_process", "p99_us", "ns_per_op") if k in result)


def unit(name):
    return {"idle": "bytes", "busy_latency": "us p99", "register_latency": "us p99"}.get(name, "ns")


def machine():
    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "unknown CPU")
    memory = int(open("/proc/meminfo").readline().split()[1]) // 2**20
    lines = [f"machine: {os.cpu_count()} x {cpu}, {memory} GiB, Linux {os.uname().release}"]
    version = subprocess.run(["clang++-19", "--version"], capture_output=True, text=True).stdout.splitlines()
    lines.append("ours: " + (version[0] if version else "unknown compiler") + ", -O3")
    for command in (["erl", "-noshell", "-eval", 'io:format("Erlang/OTP ~s", [erlang:system_info(otp_release)]), halt().'],
                    ["go", "version"], ["rustc", "--version"]):
        try:
            lines.append("peer: " + subprocess.run(command, capture_output=True, text=True, timeout=20).stdout.strip())
        except OSError:
            pass
    return lines


class Page:
    """Lines that go to the screen as they come and to a file at the end."""

    def __init__(self, name):
        self.name, self.lines = name, []
        for line in machine():
            self.say(line)

    def say(self, line=""):
        print(line, flush=True)
        self.lines.append(line)

    def save(self, svg=None):
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / f"{self.name}.txt").write_text("\n".join(self.lines) + "\n")
        if svg:
            (OUT / f"{self.name}.svg").write_text(svg)
        print(f"-> {OUT / self.name}.txt" + (" and .svg" if svg else ""), flush=True)


def beside_peers(compare, rounds, workloads):
    page = Page("peers")
    page.say(f"{rounds} rounds, peers and ours in turn; medians, and the spread of ours")
    OUT.mkdir(parents=True, exist_ok=True)
    raw = OUT / "peers.json"
    command = [compare, "--ours", BENCH, "-n", str(rounds), "--json", raw, *workloads]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as p:
        for line in p.stdout:
            page.say(line.rstrip())
    if p.returncode != 0:
        sys.exit(f"{compare} failed")
    ratios = []
    for name, got in json.loads(raw.read_text()).items():
        peers = [statistics.median(v) for peer, v in got.items() if v and peer != "ours"]
        if peers and got.get("ours"):
            ratios.append((name, min(peers) / statistics.median(got["ours"])))
    page.say()
    for line in plot.text_bars(ratios, "best peer / ours"):
        page.say(line)
    page.save(plot.svg_bars(ratios, "Best peer / Brood: above 1, Brood is ahead"))


def alone(rounds):
    page = Page("own")
    page.say(f"{rounds} rounds, Brood alone, two schedulers: median (least - most)")
    for name, arguments in FULL.items():
        got = [figure(run(name, arguments)) for _ in range(rounds)]
        page.say(f"{name:<16}{statistics.median(got):>12.1f} {unit(name):<7} ({min(got):.1f} - {max(got):.1f})")
    page.save()


def growth():
    page = Page("growth")
    curves = []
    for what, name, arguments, values in GROWTH:
        points = []
        for n in values:
            schedulers = n if what == "schedulers" else None
            points.append((n, figure(run(name, arguments if schedulers else arguments.replace("N", str(n)), schedulers))))
        page.say(f"{name:<16}{what:<16}" + "  ".join(f"{n}: {v:.1f}" for n, v in points) + f"  {unit(name)}")
        curves.append((f"{name} by {what}", points))
    page.save(plot.svg_curves(curves, "Cost of one operation as work grows"))


def the_rest():
    page = Page("memory")
    r = run("parked", "10000 10000")
    page.say(f"10000 parked processes, 10 s: {r['cpu_us']} us of CPU, {r['context_switches']} context switches")
    for line in examples.frames(ROOT):
        page.say(line)
    for line in examples.compile_costs(ROOT):
        page.say(line)
    page.save()


def main():
    ap = argparse.ArgumentParser(prog="tools/bench")
    ap.add_argument("--compare", type=pathlib.Path, default=ROOT / "../shared/peers/compare")
    ap.add_argument("--own", action="store_true")
    ap.add_argument("--quick", action="store_true")
    ap.add_argument("-n", type=int, default=5, help="rounds")
    ap.add_argument("workloads", nargs="*")
    a = ap.parse_args()
    if a.quick:
        return alone(1)
    if not a.own:
        if not a.compare.exists():
            sys.exit(f"{a.compare} is not there: give the peers' compare with --compare PATH, or measure Brood alone with --own")
        beside_peers(a.compare, a.n, a.workloads)
        if a.workloads:
            return
    else:
        alone(a.n)
    growth()
    the_rest()


main()
