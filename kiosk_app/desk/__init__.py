"""The desk: what a procedure may ask for (``desk.Desk``), and how an errand may end.

What stands here is light, since it is there before the first screen; the rest is not.
"""

from kiosk_app.desk.core import DeskBase, Report, StartAgain, Stopped
from kiosk_app.desk.faults import RULES, Advice, Outcome, code_of, rule_for
from kiosk_app.desk.parts import Parts

__all__ = [
    "RULES",
    "Advice",
    "DeskBase",
    "Outcome",
    "Parts",
    "Report",
    "StartAgain",
    "Stopped",
    "code_of",
    "rule_for",
]
