"""``yimen account``: who may look after the terminal. Only on its console."""

from __future__ import annotations

import argparse
import contextlib
import getpass
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk_app.commands.common import (
    CommandFailed,
    Commands,
    Exit,
    add_json,
    plainly,
    settings_of,
    show_json,
)

if TYPE_CHECKING:
    from kiosk_app.accounts.book import AccountBook

ROLES = ("staff", "technician", "admin")
_LONGEST_FILE = 4096


def add(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser("account", help="who may look after the terminal")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    new = acts.add_parser("add", help="make an account")
    new.add_argument("name", help="small letters, digits and . _ -")
    new.add_argument("--role", choices=ROLES, required=True)
    reset = acts.add_parser("reset", help="another password and code; lifts a lock")
    reset.add_argument("name")
    for each in (new, reset):
        each.add_argument(
            "--password-file", type=Path, help="read the password from here (first line)"
        )
        add_json(each)
    remove = acts.add_parser("remove", help="remove an account and end its sessions")
    remove.add_argument("name")
    add_json(acts.add_parser("list", help="name all accounts"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Change or list the accounts of the run folder; audited."""
    from kiosk_app.accounts.book import AccountError
    from kiosk_app.accounts.passwords import PasswordTooWeak
    from kiosk_app.records import StoreError
    from kiosk_app.workbench.bench import account_book

    acts = {"add": _add, "reset": _reset, "remove": _remove, "list": _list}
    with plainly(AccountError, PasswordTooWeak, StoreError):
        run_dir = arguments.run_dir.absolute()
        with contextlib.closing(account_book(run_dir)) as book:
            acts[arguments.act](book, arguments)
    return Exit.DONE


def _add(book: AccountBook, arguments: argparse.Namespace) -> None:
    from kiosk_app.accounts.roles import Role

    book.check_free(arguments.name)  # before a password is asked for
    secret = book.add(arguments.name, Role(arguments.role), _password(arguments.password_file))
    _audit(arguments, role=arguments.role)
    _show_secret(arguments, secret)


def _reset(book: AccountBook, arguments: argparse.Namespace) -> None:
    book.check_known(arguments.name)
    secret = book.reset(arguments.name, _password(arguments.password_file))
    _audit(arguments)
    _show_secret(arguments, secret)


def _remove(book: AccountBook, arguments: argparse.Namespace) -> None:
    book.remove(arguments.name)
    _audit(arguments)
    print(f"{arguments.name} is removed")


def _list(book: AccountBook, arguments: argparse.Namespace) -> None:
    accounts = book.all()
    if arguments.json:
        show_json([{"name": each.name, "role": str(each.role)} for each in accounts])
        return
    for each in accounts:
        print(f"{each.name:<32} {each.role}")
    if not accounts:
        print("no account: make the first with `yimen account add NAME --role admin`")


def _password(file: Path | None) -> str:
    """The password from a file, or asked for twice."""
    if file is not None:
        try:
            with file.open(encoding="utf-8") as opened:
                return opened.readline(_LONGEST_FILE).rstrip("\r\n")
        except OSError as problem:
            raise CommandFailed(f"{file} cannot be read: {problem.strerror}", Exit.USAGE) from None
        except UnicodeDecodeError:
            raise CommandFailed(f"{file} is no text in UTF-8", Exit.USAGE) from None
    if not sys.stdin.isatty():
        raise CommandFailed("run it on a console, or give --password-file", Exit.USAGE)
    first = getpass.getpass("Password (12 characters or more): ")
    if first != getpass.getpass("The same again: "):
        raise CommandFailed("the two passwords differ")
    return first


def _show_secret(arguments: argparse.Namespace, secret: str) -> None:
    """The secret, once, as an authenticator wants it."""
    from kiosk_app.accounts.passwords import otpauth

    place = f"terminal-{settings_of(arguments).terminal.id}"
    address = otpauth(arguments.name, secret, place)
    if arguments.json:
        show_json({"name": arguments.name, "otpauth": address})
        return
    print(f"{arguments.name} is ready. Scan this with an authenticator; it is not shown again:\n")
    print(_code(address))
    print(address)


def _code(text: str) -> str:
    """A QR code in characters of half a line."""
    import qrcode

    code = qrcode.QRCode(border=2)
    code.add_data(text)
    drawn = io.StringIO()
    code.print_ascii(out=drawn, invert=True)
    return drawn.getvalue()


def _audit(arguments: argparse.Namespace, **details: str) -> None:
    from kiosk_app.audit import AuditKind, Entry
    from kiosk_app.offices import open_audit

    said = {"act": f"account-{arguments.act}", "name": arguments.name, **details}
    with contextlib.closing(open_audit(settings_of(arguments))) as audit:
        audit.append(Entry(AuditKind.UPKEEP, said, actor=getpass.getuser()))
