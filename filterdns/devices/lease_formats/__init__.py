"""One format of lease files per module: its lines to what a ledger takes. Nothing here raises."""
