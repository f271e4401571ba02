"""Run every benchmark in sequence, each in its own process: `make bench`."""

from __future__ import annotations

import subprocess
import sys

MEASUREMENTS = (
    "install_size",
    "import_speed",
    "import_formats",
    "import_fuzz",
    "accuracy",
    "speed",
    "training_time",
    "scaling_speed",
    "scaling_policies",
    "page_speed",
)


def main() -> int:
    """Run all benchmarks, or those named; return non-zero if one failed."""
    names = sys.argv[1:] or MEASUREMENTS
    failed = 0
    for name in names:
        print(f"\n== {name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode != 0
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
