# SPDX-License-Identifier: MIT
"""Whom requests trusts when nobody says so. Debian's twilio (7.7.1) passes REQUESTS_CA_BUNDLE over, as
later ones (from 7.9.1) do not: for it this stands for the system's roots, among which an
administrator has put ours."""
import os


def where():
    """The file of those who are trusted."""
    return os.environ["REQUESTS_CA_BUNDLE"]
