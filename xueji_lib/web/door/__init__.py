"""The door: log-in and permissions. Every request passes here before Voila or a page sees it."""
