"""Pricing: a ledger, a table and a policy become an energy report."""
