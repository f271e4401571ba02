"""The pages: those of the menu in its order, and those that other pages lead to.

Each folder has page.py (the Page), requests.py (keys of the address, jobs, and calls of the service layer), layout.py
(what stands on the page from the start), callbacks.py (`register`), and its own content files.
"""

from webapp.pages.api_explorer.page import PAGE as API
from webapp.pages.cost.page import PAGE as COST
from webapp.pages.data.page import PAGE as DATA
from webapp.pages.forecasts.page import PAGE as FORECASTS
from webapp.pages.model_cards.page import PAGE as MODEL_CARDS
from webapp.pages.overview.page import PAGE as OVERVIEW
from webapp.pages.scaling.page import PAGE as SCALING
from webapp.ui.page import Page

MENU: tuple[Page, ...] = (OVERVIEW, FORECASTS, SCALING, COST, DATA, API)
PAGES: tuple[Page, ...] = (*MENU, MODEL_CARDS)
