"""Re-rankers: each a greedy choice among the candidates of a model, one file each."""
