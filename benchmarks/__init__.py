"""Figures as ratios, each measured against something in the same run."""
