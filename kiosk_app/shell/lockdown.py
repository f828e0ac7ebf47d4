"""What the window lets through: two pages, and keys that write. Shared by all toolkits."""

from __future__ import annotations

from urllib.parse import urldefrag, urljoin

TECHNICIAN = "/technician"
"""Where the technician's page is served, beside the citizen's."""

EDITING_KEYS = frozenset(
    {"BackSpace", "Delete", "Return", "KP_Enter", "Tab", "Home", "End", "space"}
    | {"Left", "Right", "Up", "Down"}
)
"""Names of the keys that edit a field or move within it, as X11's keysyms call them."""

MODIFIER_KEYS = frozenset(
    {"Shift_L", "Shift_R", "Control_L", "Control_R", "Alt_L", "Alt_R", "ISO_Level3_Shift"}
    | {"Meta_L", "Meta_R", "Super_L", "Super_R", "Caps_Lock", "Num_Lock"}
)
"""Names of the keys that do nothing alone."""


def is_page(url: str, page: str) -> bool:
    """Tell whether a navigation leads to a page of the terminal's own.

    Those are the citizen's ``page`` and the technician's beside it, of the same scheme, host and
    port to the letter; what follows in the fragment does not matter.
    """
    return urldefrag(url).url in (urldefrag(page).url, urljoin(page, TECHNICIAN))


def is_writing(key: str, character: str, *, chord: bool) -> bool:
    """Tell whether a key press writes or edits.

    Args:
        key: The key's name, as X11's keysyms call it.
        character: What the key writes; empty for a key that writes nothing.
        chord: Whether Control, Alt, Super or Meta is held.
    """
    return not chord and (key in EDITING_KEYS or (len(character) == 1 and character.isprintable()))
