"""What is kept on the disk: plans, journals, saved states, the folders of runs, and the lock."""
