"""The colours of charts, plain ones that everybody can tell apart.

The colours are Okabe and Ito's palette for colour-blind readers (2008). A sign or a word
always says the same as the colour.
"""

from __future__ import annotations

from typing import Any

BLUE = "#0072B2"
ORANGE = "#D55E00"
INK = "#222222"
PAPER = "#ffffff"

OFFSET: dict[str, Any] = {"textcoords": "offset points", "color": INK}
