"""A new rule's skeletons (``python -m tests.new_rule``)."""
