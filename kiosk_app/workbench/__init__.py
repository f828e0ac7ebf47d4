"""The technician's workbench: bind, set, test, record, and go back."""
