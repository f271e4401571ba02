"""The HTML document that Dash fills, with the theme set before anything is painted.

Dash replaces `{%...%}` itself, so this is no Jinja2 template; nothing in it comes from a user.
"""

from __future__ import annotations

import base64
import hashlib

from webapp.ui.figures.theme import COOKIE

# The server reads the cookie to draw figures in the colours of the theme.
THEME_SCRIPT = (
    "window.dataflowTheme=function(t){var d=document.documentElement;d.dataset.bsTheme=t;d.style.colorScheme=t;"
    f"document.cookie='{COOKIE}='+t+';path=/;max-age=31536000;SameSite=Strict'}};"
    "(function(){var t;try{t=localStorage.getItem('theme')}catch(e){}if(t!=='dark'&&t!=='light')"
    "t=matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light';window.dataflowTheme(t)})()"
)

_INDEX = """<!DOCTYPE html>
<html lang="en">
    <head>
        {%metas%}
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{%title%}</title>
        <script>SCRIPT</script>
        <link rel="icon" type="image/svg+xml" href="/assets/mark.svg">
        {%css%}
    </head>
    <body>
        {%app_entry%}
        <footer>
            {%config%}
            {%scripts%}
            {%renderer%}
        </footer>
    </body>
</html>
"""


def index_string() -> str:
    """Return Dash's template of the document."""
    return _INDEX.replace("SCRIPT", THEME_SCRIPT)


def script_hash() -> str:
    """Return the hash by which a content security policy allows the inline script."""
    digest = hashlib.sha256(THEME_SCRIPT.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
