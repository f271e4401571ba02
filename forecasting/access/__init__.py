"""Who may do what: users, sessions, keys of programs, and the record of every change.

Only rows and rules are here; `webapp.access` reads requests.
"""
