"""What ``ippeveprinter`` runs for each job: hands the document to the engine and passes on what
the engine says. It stands alone, as it is started for every sheet and must start at once.

    print_command.py ENGINE_SOCKET DOCUMENT
"""

import socket
import sys

EXIT = "EXIT "


def main(engine: str, document: str) -> int:
    """Returns the exit status that the engine gives, 1 when it goes away."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(engine)
        connection.sendall(document.encode() + b"\n")
        for line in connection.makefile(encoding="utf-8"):
            if line.startswith(EXIT):
                return int(line[len(EXIT) :])
            sys.stderr.write(line)
            sys.stderr.flush()
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
