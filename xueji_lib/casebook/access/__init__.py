"""Who may see and do what: accounts, sessions, passwords, and the fence round one school."""
