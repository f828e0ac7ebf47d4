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
        _forget(module)
    with atheris.instrument_imports(include=modules):
        for module in modules:
            importlib.import_module(module)
    target = TARGETS[name]()
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target.try_out)
    atheris.Fuzz()


def _forget(module: str) -> None:
    """Have a module loaded anew, also by those that import it from its package."""
    package, _, name = module.rpartition(".")
    sys.modules.pop(module, None)
    vars(sys.modules[package]).pop(name, None)


if __name__ == "__main__":
    main()
