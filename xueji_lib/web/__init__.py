"""The pages: the door in front of them (log-in, scope, kernels) and what they are made of."""
