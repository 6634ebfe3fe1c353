"""The record itself: events that are only added, the hash-chained trail, and the database under them."""
