"""Excel workbooks: findings, annex 1, ledgers, the county's."""
