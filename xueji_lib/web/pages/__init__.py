"""The three pages (inspector, principal, bureau): which panels each shows, and in what order."""
