"""What other tools read: findings.json and coverage.json with their published schemas (``data/schemas``), and a data
package of all tables and results. Nothing is judged or counted here; personal values are masked (data contract 4).
"""

from __future__ import annotations
