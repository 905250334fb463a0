"""A second opinion: docs/policy.md as a slow interpreter that can be read aloud beside it.

It reads the config as written, keeps names as texts, walks minutes instead of computing intervals,
and looks everything up again at each question. It shares no code with `filterdns/policy` or
`filterdns/config`, so that the two agree only where both are right.

`world` is what a question is decided by, `selections` what a list of the config names, `calendar`
when a schedule is on, `asker` who asks and what is in force for them, `rows` stage A, `judging` the
order of all of it.
"""
