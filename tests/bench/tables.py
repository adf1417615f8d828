# SPDX-License-Identifier: MIT
"""Tables that are read on a terminal and in Markdown alike."""


def number(value):
    """Three digits that matter, more when there are more before the point."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


class Table:
    """Rows below a title. The first `texts` columns are texts, the others numbers."""

    def __init__(self, title, columns, texts=1):
        self.title, self.columns, self.texts, self.rows = title, columns, texts, []

    def add(self, *cells):
        """Cells that are no texts yet are written as numbers; None leaves one empty."""
        self.rows.append(["" if cell is None else cell if isinstance(cell, str) else number(cell)
                          for cell in cells])

    def __str__(self):
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows)]

        def line(cells):
            padded = [cell.ljust(width) if place < self.texts else cell.rjust(width)
                      for place, (cell, width) in enumerate(zip(cells, widths))]
            return "| " + " | ".join(padded) + " |"

        rule = ["-" * width if place < self.texts else "-" * (width - 1) + ":"
                for place, width in enumerate(widths)]
        return "\n".join([f"**{self.title}**", "", line(self.columns), line(rule),
                          *map(line, self.rows), ""])
