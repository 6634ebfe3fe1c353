"""What runs a notebook in a process that is warm already, and puts the process back afterwards (docs/scale.md)."""
