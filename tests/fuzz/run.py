"""One target under atheris: ``python -m tests.fuzz.run TARGET CORPUS [libFuzzer options]``."""

from __future__ import annotations

import importlib
import sys

import atheris

from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz until libFuzzer says that it is over."""
    name = sys.argv[1]
    modules = list(TARGETS[name]().modules)
    for module in modules:
        sys.modules.pop(module, None)
    with atheris.instrument_imports(include=modules):
        for module in modules:
            importlib.import_module(module)
    target = TARGETS[name]()
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target.try_out)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
