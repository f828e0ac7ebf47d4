"""The terminal's devices over XFS4IoT (CEN CWA 17852), for integrators; off unless settings say so.

``ws://127.0.0.1:5846/xfs4iot/v1.0/<service>``, on loopback alone. A connection shows the Host that
is served, no Origin but the page's own, and the launch token: in the header ``X-Yimen-Token``, or
in the first message, ``YimenSession.Authenticate`` ``{"token": …}``. What does not fit is refused
at the handshake, or closed with 1008.

Names, enums, error codes and the order of messages are those of the release whose headers carry
timeout and completion code (message versions 2.0 and 3.0): acknowledge first, then events, then
the completion. A service has one queue for all connections. ``YimenSession`` and ``YimenIdentity``
are extensions, which the standard does not have.

What interop may not do: disturb a citizen (``sequenceError`` while a journey holds the device),
print on the document printer outside maintenance, or print raw data there at all, since a numbered
paper is issued by the journal alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from kiosk_app.interop.settings import InteropSettings

if TYPE_CHECKING:
    from kiosk_app.devices import Devices
    from kiosk_app.interop.hooks import Rules, VendorMode

__all__ = ["InteropSettings", "interop_server"]


@asynccontextmanager
async def interop_server(
    settings: InteropSettings,
    rules: Rules,
    devices: Devices,
    busy: Callable[[str], bool],
    vendor_mode: VendorMode,
) -> AsyncIterator[int | None]:
    """Serve while the block lasts; gives the port, ``None`` when it is switched off.

    ``busy``: whether a citizen's journey or print holds the device of a role. Raises ``OSError``
    when the port is taken.
    """
    if not settings.enabled:
        yield None
        return
    from kiosk_app.interop.server import serving

    async with serving(settings.port, rules, devices, busy, vendor_mode) as port:
        yield port
