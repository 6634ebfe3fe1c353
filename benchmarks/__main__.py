"""Every measurement, one after the other: ``python3 -m benchmarks`` (``--schools 20`` for a quick look)."""

from __future__ import annotations

import argparse
import sys

from benchmarks import growth, intake, notebooks, others, paper, rules


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", default="300")
    parser.add_argument("--others", action="store_true", help="beside other tools too, in a throw-away environment")
    parser.add_argument("--large", action="store_true", help="rules also on 1.2 million students")
    options = parser.parse_args()
    intake.main(["--schools", options.schools])
    print()
    rules.main(["--schools", options.schools, *(["--large"] if options.large else [])])
    print()
    paper.main(["--schools", options.schools])
    print()
    notebooks.main(["--schools", options.schools, "--cluster"])
    print()
    growth.main([])
    if options.others:
        print()
        others.main()


if __name__ == "__main__":
    sys.exit(main())
