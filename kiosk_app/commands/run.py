"""``yimen run``: the terminal, until it is stopped."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from kiosk_app.commands.common import CommandFailed, Commands, Exit, plainly
from kiosk_app.instance import Address, AlreadyRunning, only_one
from kiosk_app.logs import configure_logs
from kiosk_app.shell import Gui, Order, WindowKeeper, has_display
from kiosk_app.shell.window import Watch

if TYPE_CHECKING:
    from kiosk_app.options import Options
    from kiosk_app.running import Running


HIGHEST_PORT = 65_535


def add(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser("run", help="start the terminal")
    parser.add_argument("--virtual", action="store_true", help="with virtual hardware")
    parser.add_argument("--port", type=_port, default=8610, help="0 takes any (default: 8610)")
    parser.add_argument(
        "--gui",
        choices=[str(gui) for gui in Gui],
        default="auto",
        help="the window (default: auto, which opens one where there is a display)",
    )
    parser.set_defaults(run=run)


def _port(text: str) -> int:
    """A port number, or ``argparse``'s own words about what is none."""
    if not text.isascii() or not text.isdigit() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to {HIGHEST_PORT}")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM."""
    configure_logs(logging.INFO)
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    from kiosk_app.options import Options

    options = Options(
        config=arguments.config,
        run_dir=arguments.run_dir.absolute(),
        virtual=arguments.virtual,
        devices=_devices() if arguments.virtual else (),
        port=arguments.port,
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    try:
        with only_one(options.run_dir) as announce:
            await _serve(options, Gui(arguments.gui), stop, announce)
    except AlreadyRunning as other:
        where = other.address.url if other.address else "an address that it has not told yet"
        raise CommandFailed(f"a terminal is running here already, at {where}") from None
    return Exit.DONE


def _devices() -> tuple[str, ...]:
    """Every virtual device there is."""
    from drivers.virtual.room import PEERS

    return tuple(PEERS)


async def _serve(
    options: Options, gui: Gui, stop: asyncio.Event, announce: Callable[[Address], None]
) -> None:
    from kiosk_app.app import EXPECTED, terminal

    with plainly(*EXPECTED):
        async with terminal(options) as running:
            announce(running.address)
            _say_where(running.address, options.virtual)
            window = asyncio.create_task(_window(gui, running))
            try:
                stopped = asyncio.create_task(_stopped(stop, running.over))
                await asyncio.wait((stopped, running.ready), return_when=asyncio.FIRST_COMPLETED)
                if running.ready.done():
                    _say_ready(running.ready.result())
                    await stopped
            finally:
                window.cancel()
                await asyncio.gather(window, return_exceptions=True)


async def _stopped(*reasons: asyncio.Event) -> None:
    """Wait until one of them is set."""
    waiting = [asyncio.create_task(reason.wait()) for reason in reasons]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


def _say_where(address: Address, virtual: bool) -> None:
    pages = {"citizen's page": "/", "verification": "/verify"}
    if virtual:
        pages["rehearsal (cards, papers, faults)"] = "/rehearsal"
    for name, path in pages.items():
        print(f"  {name:<34} {address.page(path)}", flush=True)
    # Who looks after the terminal logs in, and has no use for the launch token.
    print(f"  {'technician':<34} {address.url}/technician", flush=True)


def _say_ready(notice: str | None) -> None:
    print(f"ready{f' ({notice})' if notice else ''}; Ctrl-C stops it", flush=True)


async def _window(gui: Gui, running: Running) -> None:
    """Keep a window open where there is a display, else say that there is none."""
    if gui is Gui.NONE or not has_display():
        reason = "as asked" if gui is Gui.NONE else "there is no display"
        print(f"  no window ({reason}): open the address in a browser", flush=True)
        return
    built = running.terminal
    watch = Watch(silence_s=running.settings.terminal.timers.page_silence)
    keeper = WindowKeeper(
        Order(url=running.address.page(), gui=gui),
        silence=lambda: time.monotonic() - built.page_seen,
        quiet=lambda: built.quiet,
        watch=watch,
    )
    ended = await keeper.run()
    print(f"  no window ({ended.name.lower()}): open the address in a browser", flush=True)
