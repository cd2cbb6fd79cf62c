"""Labelled images to train and to measure on: one file per data set."""
