"""What keeps a bad list from doing harm: entries that may not count, updates that are not taken.

Runs in the build. `entries` looks at single names, `sources` at a list against its last good copy;
`reviews` is what an adult has decided about either. May import the rest of `blocklists`.
"""
