"""How often each operation was done, counted into the ledger."""
