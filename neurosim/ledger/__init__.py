"""What was done: the vocabulary of operations, the ledger of their counts and the record of a run."""
