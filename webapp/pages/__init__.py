"""The pages in the order of the menu.

Each is a module with PAGE (its name in ids), PATH, NAME, ICON, KEYS (its own keys of the URL), `content(view)` and
`register(app, settings)`; see `webapp.frame`.
"""

from webapp.pages import api, cost, data, forecasts, overview, scaling

PAGES = (overview, forecasts, scaling, cost, data, api)
