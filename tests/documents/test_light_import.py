"""The service must start at once and stay small."""

from __future__ import annotations

import subprocess
import sys


def test_the_service_does_not_load_what_the_worker_needs() -> None:
    check = (
        "import sys, kiosk_app.documents.workshop\n"
        "heavy = {'typst', 'pyhanko', 'zxingcpp', 'pkcs11', 'asn1crypto'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
