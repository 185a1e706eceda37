"""One network, several replicas: each takes its part of every batch, and all make the same update."""
