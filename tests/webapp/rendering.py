"""Pages as Dash sends them: rendered through the very call that a browser makes, and searched as trees."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from flask.testing import FlaskClient

CALLBACKS = "/_dash-update-component"


def post_page(client: FlaskClient, path: str, search: str):
    """What the server answers when a browser navigates to a path with a query string."""
    client.get("/", headers={"Accept": "text/html"})  # Dash registers its own callbacks with the first page
    location = [("pathname", path), ("search", search)]
    body = {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}],
        "inputs": [{"id": "_pages_location", "property": name, "value": value} for name, value in location],
        "changedPropIds": ["_pages_location.pathname", "_pages_location.search"],
    }
    return client.post(CALLBACKS, json=body)


def rendered(client: FlaskClient, path: str, **query: str) -> dict:
    """The tree of a page."""
    answer = post_page(client, path, f"?{urlencode(query)}" if query else "")
    assert answer.status_code == 200, answer.text
    return answer.json["response"]["_pages_content"]["children"]


def nodes(tree: object) -> Iterator[dict]:
    """Every component of a tree, outer ones first."""
    if isinstance(tree, list):
        for one in tree:
            yield from nodes(one)
    elif isinstance(tree, dict) and "props" in tree:
        yield tree
        for value in tree["props"].values():
            yield from nodes(value)


def found(tree: object, **props: object) -> list[dict]:
    """The properties of every component that has these."""
    return [
        node["props"] for node in nodes(tree) if all(node["props"].get(name) == value for name, value in props.items())
    ]


def text_of(tree: object) -> str:
    """All the text that a tree shows."""
    if isinstance(tree, list):
        return "".join(map(text_of, tree))
    if isinstance(tree, dict) and "props" in tree:
        return text_of(tree["props"].get("children"))
    return tree if isinstance(tree, str) else ""


def stored_view(tree: object, page: str) -> dict:
    """What the store of a page's view holds."""
    (store,) = found(tree, id={"type": "view", "page": page})
    return store["data"]
