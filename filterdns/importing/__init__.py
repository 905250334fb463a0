"""Configs of other filters to ours: one module reads what a peer exports, one writes our YAML.

Every export is untrusted: sizes, counts and depths are limited before anything is built, and
nothing is unpacked, followed or run. May import everything up to `config`; only the command line
knows it.
"""
