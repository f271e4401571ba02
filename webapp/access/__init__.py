"""Who sends a request and what they may do: one guard before every request, logins, and the record of changes."""
