"""The terminal's devices over XFS4IoT (CEN CWA 17852), for integrators; off until
an administrator switches it on.

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
