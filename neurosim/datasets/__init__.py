"""Labelled images to train on and to evaluate on: one file per data set."""
