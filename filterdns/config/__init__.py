"""YAML to a config as written, and from there to plain values that decide.

`load` reads files into a `Config`, `compile` turns that into a `Ruleset` and the settings of the
processes, `check` runs the config's own tests. May import everything up to `resolver`; the engine
does not know it.
"""
