"""USB readers that are plugged in and out before a running pcscd's eyes.

``python -m tests.drivers.smart_card.hot_plug FOLDER`` inside namespaces of its own starts a pcscd
whose ``/sys`` and udev events are umockdev's, with vpcd as the driver of one made-up USB reader;
``plug`` and ``unplug`` on its input make udev tell of it. vpcd takes the device's name for a host
and a port (``usb:8998/…``) and connects there, from each of its slots: this process is the cards.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

from drivers.virtual.namespace import bring_loopback_up
from drivers.virtual.pcscd import FOLDERS, LIBRARY, SLOTS

READER = "Acme Hot Reader"
ATR = bytes.fromhex("3B8080017F")
_PORT = 8998
_LIBRARY = "libumockdev.so.0"
_PRELOAD = "libumockdev-preload.so.0"
_INTERFACE = b"/sys/devices/usb1/1-1/1-1:1.0"
_DEVICE = f"""\
P: /devices/usb1/1-1
N: bus/usb/001/002
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
E: DEVNAME=/dev/bus/usb/001/002
A: idVendor={_PORT}
A: idProduct=0001
A: busnum=1
A: devnum=2

P: /devices/usb1/1-1/1-1:1.0
E: SUBSYSTEM=usb
E: DEVTYPE=usb_interface
A: bInterfaceClass=0b
A: bInterfaceNumber=00
"""
_BUNDLE = f"""\
<plist version="1.0">
<dict>
	<key>CFBundleName</key>
	<string>VPCD</string>
	<key>CFBundleExecutable</key>
	<string>libifdvpcd.so</string>
	<key>ifdCapabilities</key>
	<string>0x00000000</string>
	<key>ifdVendorID</key>
	<array>
		<string>0x{_PORT}</string>
	</array>
	<key>ifdProductID</key>
	<array>
		<string>0x0001</string>
	</array>
	<key>ifdFriendlyName</key>
	<array>
		<string>{READER}</string>
	</array>
</dict>
</plist>
"""


class Testbed:
    """umockdev's made-up machine."""

    __test__ = False

    def __init__(self) -> None:
        self._library = ctypes.CDLL(_LIBRARY)
        self._library.umockdev_testbed_new.restype = ctypes.c_void_p
        self._library.umockdev_testbed_get_root_dir.restype = ctypes.c_char_p
        self._bed = ctypes.c_void_p(self._library.umockdev_testbed_new())
        self._known = False

    @property
    def root(self) -> str:
        """Where its ``/sys`` and ``/dev`` are."""
        return str(self._library.umockdev_testbed_get_root_dir(self._bed).decode())

    def plug(self) -> None:
        """Tell udev's listeners that the reader came."""
        if self._known:
            self._library.umockdev_testbed_uevent(self._bed, _INTERFACE, b"add")
        elif not self._library.umockdev_testbed_add_from_string(self._bed, _DEVICE.encode(), None):
            raise RuntimeError("umockdev takes no such device")
        self._known = True

    def unplug(self) -> None:
        """Tell them that it went."""
        self._library.umockdev_testbed_uevent(self._bed, _INTERFACE, b"remove")

    def clear(self) -> None:
        """Take it away with its files."""
        self._library.g_object_unref(self._bed)


def be_the_card(listener: socket.socket) -> None:
    """Answer each vpcd that connects: what it sends comes back, with 9000."""
    while True:
        wire, _ = listener.accept()
        with wire, wire.makefile("rb") as heard:
            while len(head := heard.read(2)) == 2:
                message = heard.read(struct.unpack(">H", head)[0])
                answer = ATR if message == b"\4" else message + b"\x90\0"
                if message == b"\4" or len(message) > 1:
                    wire.sendall(struct.pack(">H", len(answer)) + answer)


def prepare(folder: Path) -> None:
    """What pcscd finds: its driver, and whom vpcd takes for the host ``usb``."""
    contents = folder / "drivers" / "vpcd.bundle" / "Contents"
    for each in (*(folder / name for name in FOLDERS), contents / "Linux"):
        each.mkdir(parents=True, exist_ok=True)
    (contents / "Info.plist").write_text(_BUNDLE)
    (contents / "Linux" / LIBRARY.name).symlink_to(LIBRARY)
    (folder / "hosts").write_text("127.0.0.1 localhost usb\n")


def main(folder: Path) -> None:
    """See the module. Begins anew with umockdev's library before all others, which lets nobody
    touch the network's interfaces."""
    if "LD_PRELOAD" not in os.environ:
        bring_loopback_up()
        command = [sys.executable, "-m", "tests.drivers.smart_card.hot_plug", str(folder)]
        os.execve(sys.executable, command, {**os.environ, "LD_PRELOAD": _PRELOAD})
    prepare(folder)
    subprocess.run(["mount", "--bind", str(folder / "hosts"), "/etc/hosts"], check=True)
    bed = Testbed()
    pcscd = subprocess.Popen(
        [sys.executable, "-m", "drivers.virtual.pcscd", str(folder)],
        env={**os.environ, "UMOCKDEV_DIR": bed.root},
    )
    for slot in range(len(SLOTS)):
        listener = socket.create_server(("127.0.0.1", _PORT + slot))
        threading.Thread(target=be_the_card, args=(listener,), daemon=True).start()
    for order in sys.stdin:
        {"plug": bed.plug, "unplug": bed.unplug}[order.strip()]()
    pcscd.send_signal(signal.SIGTERM)
    pcscd.wait()
    bed.clear()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
