"""Who may look after the terminal: accounts, what each role may do, and sessions."""
