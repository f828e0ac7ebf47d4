"""Who stands on every card of a recording. Division 445281 is the one of made-up residents."""

NAME, NUMBER = "样张", "445281199001010013"
