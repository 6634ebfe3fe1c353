"""Widgets: a panel takes messages of a browser, checks their shape, and answers."""
