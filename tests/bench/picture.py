# SPDX-License-Identifier: MIT
"""Draws what was measured as an SVG, which can be read on a light page and on a dark one."""
from html import escape

from tables import number

WIDTH, BAR, GAP, TITLE, MARGIN = 720, 18, 4, 34, 16
NAMES_END, BARS_END = 110, 600  # where bars begin, and the longest ends
SERVERS = ("bare", "plain", "supersimd", "Fastify")
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
rect { fill: #8c959f }
.own { fill: #0969da }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  rect { fill: #6e7681 }
  .own { fill: #4493f8 }
}
"""


def panel(title, values, top):
    """Bars of one question; gives their SVG and where the next panel begins."""
    longest = max(values.values())
    parts = [f'<text class="title" x="{MARGIN}" y="{top + 20}">{escape(title)}</text>']
    for place, (name, value) in enumerate(values.items()):
        y = top + TITLE + place * (BAR + GAP)
        width = max(1, (BARS_END - NAMES_END) * value / longest)
        own = ' class="own"' if name == "supersimd" else ""
        parts += [
            f'<text x="{NAMES_END - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>',
            f'<rect{own} x="{NAMES_END}" y="{y}" width="{width:.0f}" height="{BAR}" rx="2"/>',
            f'<text x="{NAMES_END + width + 8:.0f}" y="{y + 14}">{number(value)}</text>',
        ]
    return parts, top + TITLE + len(values) * (BAR + GAP) + GAP


def draw(figures, clients=32):
    """The picture of a run with these figures (by kind, server's name, clients)."""
    questions = [
        ("fetch a Fleet: CPU-µs (less is better)", "fetch", "cpu_us"),
        ("list 50 Fleets: CPU-µs (less is better)", "list 50", "cpu_us"),
        ("durable updates a second (more is better)", "update", "rate"),
        ("durable creates a second (more is better)", "create", "rate"),
    ]
    body, top = [], 0
    for title, kind, member in questions:
        values = {name: getattr(figures[kind, name, clients], member) for name in SERVERS
                  if (kind, name, clients) in figures}
        parts, top = panel(title, values, top)
        body += parts
    height = top + MARGIN
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-label="supersimd beside its peers, {clients} clients">',
        f"<style>{STYLE}</style>", *body, "</svg>", ""])
