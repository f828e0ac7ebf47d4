"""The commands of ``yimen``, one module each."""
