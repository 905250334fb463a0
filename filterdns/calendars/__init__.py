"""Calendars of others (iCalendar, RFC 5545): whose days are holidays, whose events are windows.

May import: `filterdns.errors`, `filterdns.durable`, `filterdns.priority`. Who writes such a file is
not trusted: it is read in a process of its own, with bounds on its time and memory, and never by
one that answers.
"""
