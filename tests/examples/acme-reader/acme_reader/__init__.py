"""Acme ID-7 identity-card readers for Yimen terminals."""
