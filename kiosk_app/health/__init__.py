"""How the terminal is: its devices, what it offers, what runs out and what must be mended."""
