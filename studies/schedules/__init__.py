"""Schedules measured against each other."""
