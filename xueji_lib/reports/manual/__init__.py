"""The manual of the checks: its texts, and the same on a page and as plain text."""
