# SPDX-License-Identifier: MIT
"""Some built-in Networks. Their SIDs never change: these stand here as they once were."""

ATT = "HW9945cc3607939015087b7d84d6556db3"  # US, 310-410
T_MOBILE = "HW24f573196685668dad4f64a3b4905b74"  # US, 310-260
TELEKOM = "HW4fdb9484f6949f57cdb503ae2eaa9507"  # DE, 262-01
ORANGE = "HWe1dbb88b6d1444dacf96d5fb48c30fac"  # FR, 208-01
