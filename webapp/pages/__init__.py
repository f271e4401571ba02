"""The pages: those of the menu in its order, and those that other pages lead to.

Each is a module with PAGE (its name in ids), PATH, NAME, ICON, KEYS (its own keys of the URL), `content(view)` and
`register(app, settings)`; see `webapp.ui.page_frame`.
"""

from webapp.pages import api_explorer, cost, data, forecasts, model_cards, overview, scaling

MENU = (overview, forecasts, scaling, cost, data, api_explorer)
PAGES = (*MENU, model_cards)
