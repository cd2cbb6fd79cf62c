"""Accuracy, spikes, energy and latency of networks trained to spike less."""
